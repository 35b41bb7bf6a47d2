"""`make dist SIGN=FILE`: `python -m distribution --sign FILE`."""

import argparse
import sys
from pathlib import Path

from distribution.errors import DistributionError
from distribution.making import make


def main() -> int:
    """Make it; 1 after saying in one line why not."""
    parser = argparse.ArgumentParser(prog="make dist", description="What a stranger downloads of this version.")
    parser.add_argument("--sign", type=Path, required=True, metavar="FILE", help="private key (Ed25519, PEM)")
    parser.add_argument("--images", action="store_true", help="the images, too: built by Docker, gigabytes")
    given = parser.parse_args()
    try:
        folder = make(given.sign, with_images=given.images)
    except DistributionError as error:
        print(f"dist: {error}", file=sys.stderr)
        return 1
    print(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

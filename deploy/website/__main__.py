"""`make docs`: `python -m website [--out build/site]`."""

import argparse
import sys
from pathlib import Path

from website.build import BrokenSiteError, build

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Build it; 1 after saying which links lead nowhere."""
    parser = argparse.ArgumentParser(prog="make docs", description="The docs as a site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="folder of the site (build/site)")
    given = parser.parse_args()
    try:
        first = build(ROOT, given.out.resolve())
    except BrokenSiteError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"docs: {first}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make constraints`, `make sbom`, `make audit`: `python -m supply lock | sbom | audit`."""

import argparse
import sys
from pathlib import Path

from supply import audit, bills, locks


def main() -> int:
    """Do one of the three; 1 where something is known against what is used."""
    parser = argparse.ArgumentParser(prog="supply", description="What is not ours and runs all the same.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("lock", help="pin what is installed, and the hashes of its files")
    verbs.add_parser("sbom", help="write the bills of materials")
    against = verbs.add_parser("audit", help="look for known vulnerabilities, offline")
    against.add_argument("--advisories", type=Path, required=True, help="folder of OSV advisories, *.json or *.zip")
    arguments = parser.parse_args()
    if arguments.verb == "lock":
        locks.write()
        return 0
    if arguments.verb == "sbom":
        for path in bills.write():
            print(f"  {path}")
        return 0
    return audit.tell(arguments.advisories)


if __name__ == "__main__":
    sys.exit(main())

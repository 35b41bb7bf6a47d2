"""`python services/local VERB`: see cli."""

import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; the modules in it are those of the package `local`.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from local.cli import main  # noqa: E402 - once it can be found

if __name__ == "__main__":
    sys.exit(main())

"""`python tests/drill`: see cli."""

import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; what is needed are the root and the package `local`.
sys.path[0] = str(Path(__file__).resolve().parents[2])
sys.path.insert(1, str(Path(__file__).resolve().parents[2] / "deploy"))

from tests.drill.cli import main  # noqa: E402 - once it can be found

if __name__ == "__main__":
    sys.exit(main())

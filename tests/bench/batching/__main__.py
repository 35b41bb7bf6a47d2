"""`python tests/bench/batching`: see cli."""

import sys
from pathlib import Path

# Run as a folder, Python puts the folder itself on the path; what is needed are the root and the package `local`.
ROOT = Path(__file__).resolve().parents[3]
sys.path[0] = str(ROOT)
sys.path.insert(1, str(ROOT / "deploy"))

from tests.bench.batching.cli import main  # noqa: E402 - once it can be found

if __name__ == "__main__":
    sys.exit(main())

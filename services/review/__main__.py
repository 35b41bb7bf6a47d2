"""Run the reading room's verbs: `python -m review serve`."""

import sys

from review.cli import main

if __name__ == "__main__":
    sys.exit(main())

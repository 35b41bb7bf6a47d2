"""Run the reading room's verbs: `python -m review serve`."""

import os
import sys

from cxr.importing import importing

with importing():
    from review.cli import main

if __name__ == "__main__":
    os.umask(0o077)  # whatever is written is patients' or readers', and for our user alone
    sys.exit(main())

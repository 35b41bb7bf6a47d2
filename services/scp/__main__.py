"""`python -m scp VERB`: run the listener, look at it, and set right what a peer is missing."""

import sys

from scp.cli import main

if __name__ == "__main__":
    sys.exit(main())

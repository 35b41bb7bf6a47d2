"""`python -m client`: the same as the command cxr."""

import sys

from client.cli import main

sys.exit(main())

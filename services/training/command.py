"""The command cxr-train: `python -m training`, from any folder."""

import sys

from client.places import CHECKOUT


def main() -> None:
    """Do what the words of the command line say."""
    if CHECKOUT:
        sys.path.append(str(CHECKOUT))  # the handlers lie there; a wheel has them beside our packages
    from training.__main__ import main as train

    train()

"""`python -m scp VERB`: run the listener, look at it, and set right what a peer is missing."""

import sys


def main() -> int:
    """Do what the command line says."""
    # Here and not above: the processes that write results import this module too, and need none of it.
    from cxr.importing import importing

    with importing():
        from scp import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())

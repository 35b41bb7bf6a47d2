"""`python -m gateway audit verify`: say whether the audit is whole, or which row was the first to be changed."""

import argparse
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from auditing.verify import add_arguments
from auditing.whole import audit
from gateway.trail import SERVICE, AuditSettings


def main(arguments: Sequence[str]) -> int:
    """Do what the verb says; 0, or 1 after saying what is wrong."""
    parser = argparse.ArgumentParser(prog="gateway audit", description=__doc__)
    add_arguments(parser)
    given = parser.parse_args(arguments)
    try:
        return audit(AuditSettings(), SERVICE, given.begin)
    except (ValidationError, ValueError, OSError) as error:
        print(f"gateway audit: {error}", file=sys.stderr)
        return 1

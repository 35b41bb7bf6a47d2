"""The command line of `python -m scp`."""

import argparse
import sys
from collections.abc import Callable

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from auditing.settings import wrong
from auditing.verify import add_arguments
from databases.schema import SchemaError
from erasure import asked
from scp import verbs
from scp.errors import PeerAwayError
from scp.settings import Settings

ABOUT = """The DICOM listener: it takes films from modalities (C-STORE, STOW-RS), keeps them on its disk until the
gateway has assessed them, and sends the results (structured report, lungs, overlay, FHIR) where the routes say. `serve`
runs it; the other verbs look at its films and set right what a peer is missing, also while it runs."""

SETTINGS = """Settings: variables of the environment whose names begin with CXR_SCP_, such as CXR_SCP_PORT=11112 and
CXR_SCP_FOLDER=/var/lib/cxr; docs/settings.md lists them. A verb needs the same as the listener that runs:
`make scp ARGS="status"` has those of `make up`."""

Verb = Callable[[Settings, argparse.Namespace], int]

VERBS: tuple[Verb, ...] = (
    *(verbs.serve, verbs.status, verbs.ledger, verbs.reconcile, verbs.resend, verbs.migrate, verbs.forget),
    *(verbs.merge, verbs.rekey, verbs.audit, verbs.conformance),
)
"""In the order of the help."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong; 2 where something is missing."""
    given = _parser().parse_args(arguments)
    try:
        settings = Settings()
        verb: Verb = given.verb
        return verb(settings, given)
    except ValidationError as error:
        print(f"scp: {wrong(error, Settings)}", file=sys.stderr)
    except PeerAwayError as error:
        print(f"scp: the peer {error}", file=sys.stderr)
    except (SchemaError, ValueError, OSError, SQLAlchemyError) as error:
        print(f"scp: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scp", description=ABOUT, epilog=SETTINGS)
    parsers = parser.add_subparsers(required=True, metavar="VERB")
    for does in VERBS:
        told = (does.__doc__ or "").splitlines()[0]
        verb = parsers.add_parser(does.__name__, help=told, description=told)
        verb.set_defaults(verb=does)
        if does in (verbs.reconcile, verbs.resend):
            verb.add_argument("--route", help="only this one")
            verb.add_argument("--days", type=float, help="only results made in the last days")
        if does is verbs.forget:
            asked.add_arguments(verb)
        if does is verbs.merge:
            asked.add_merge_arguments(verb)
        if does is verbs.audit:
            add_arguments(verb)
        if does is verbs.reconcile:
            verb.add_argument("--films", action="store_true", help="films of its studies of --days (today) instead")
        if does is verbs.resend:
            which = verb.add_mutually_exclusive_group()
            which.add_argument("--undelivered", action="store_true", help="what a peer refused")
            which.add_argument("--dead", action="store_true", help="films that failed: assess them again")
        if does is verbs.migrate:
            verb.add_argument("--to", metavar="SCHEMA", help="back to an earlier one, before an older version starts")
        if does is verbs.ledger:
            verb.add_argument("film", nargs="?", help="one film, by its SOP Instance UID or id")
            verb.add_argument("--state", choices=("received", "assessed", "refused", "failed"), help="only these")
            verb.add_argument("--history", action="store_true", help="all that happened to each")
    return parser

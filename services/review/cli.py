"""The verbs of `python -m review`. All but serve work beside a running reading room, on its database."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from auditing.settings import wrong
from auditing.verify import add_arguments
from cxr import logs
from cxr.importing import importing
from databases.schema import SchemaError
from review.beside import opened
from review.errors import ReviewError
from review.settings import Settings

ABOUT = """The reading room: pages on which doctors read films beside what the models said, and say whether it was
right. `serve` runs it; the other verbs look after its readers, films and audit, also while it runs."""

SETTINGS = """Settings: variables of the environment whose names begin with REVIEW_, such as REVIEW_PORT=8100 and
REVIEW_FOLDER=/var/lib/readings; docs/settings.md lists them. A verb needs the same as the reading room that runs:
`make review ARGS="audit verify"` has those of `make up`."""

Verb = Callable[[Settings, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong."""
    words = sys.argv[1:] if arguments is None else arguments
    given = _parser(words).parse_args(words)
    try:
        settings = Settings()
        verb: Verb = given.verb
        return verb(settings, given)
    except ValidationError as error:
        print(f"review: {wrong(error, Settings)}", file=sys.stderr)
    except (ReviewError, SchemaError, ValueError, OSError, SQLAlchemyError) as error:
        print(f"review: {error}", file=sys.stderr)
    return 1


def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve the pages until stopped."""
    with importing():
        import cv2

        from doors import server
        from doors.connections import Limits
        from review.app import create_app

    logs.configure("review", settings.log_level)
    cv2.setNumThreads(1)
    server.serve(
        create_app(settings),
        Limits(settings.max_connections),
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=5,
    )
    return 0


def admin(settings: Settings, given: argparse.Namespace) -> int:
    """Make an administrator, and print the link, good for one use, with which they set their password."""
    from review.door.invitations import first_admin

    with opened(settings) as sessions, sessions.begin() as session:
        secret = first_admin(session, given.login, given.name or given.login)
    print(f"{given.url.rstrip('/')}/invitation/{secret}")
    return 0


def export(settings: Settings, given: argparse.Namespace) -> int:
    """Write what readers said, with the films' pixels, in the form that training reads; de-identified."""
    from erasure.sealed.vault import Vault
    from review.export.command import run

    with opened(settings) as sessions, sessions() as session:
        print(run(session, settings.pictures, given, Vault.of(settings.folder, settings)))
    return 0


def unlock(settings: Settings, given: argparse.Namespace) -> int:
    """Let a reader try their password again at once, after too many log-ins with their name failed."""
    from review.audit import record
    from review.door import invitations, roster, throttle

    with opened(settings) as sessions, sessions.begin() as session:
        reader = roster.named(session, invitations.folded(given.login))
        throttle.unlock(session, reader.login)
        record(session, None, "reader.unlock", reader=reader.login, by="command line")
    return 0


def audit(settings: Settings, given: argparse.Namespace) -> int:
    """Say whether the audit is whole, or which row was the first to be changed, removed or added."""
    from auditing.verify import tell
    from review.chain.seal import CHAIN
    from review.chain.verify import verify

    with opened(settings) as sessions, sessions() as session:
        return tell(lambda: verify(session, session.info[CHAIN], given.begin))


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Forget a patient, studies or films: pictures, headers, comments; or first say how much that would be."""
    from review.forgetting import command

    return command.forget(settings, given)


def rekey(settings: Settings, given: argparse.Namespace) -> int:
    """Encrypt films' keys by the first key of REVIEW_DISK_KEY, and pictures that are still in clear; also meanwhile."""
    from review.forgetting import command

    return command.rekey(settings)


def merge(settings: Settings, given: argparse.Namespace) -> int:
    """Give the films of one patient ID to another, which survives; or first say how many that would be."""
    from review.forgetting import command

    return command.merge(settings, given)


def migrate(settings: Settings, given: argparse.Namespace) -> int:
    """Bring the database to this version's tables, as each start does; its owner may, where the room may not."""
    from review import database

    with opened(settings) as sessions, sessions() as session:
        engine = session.get_bind().engine
        if given.to:
            database.SCHEMA.go_back(engine, given.to)
        print(f"{database.SCHEMA.name}: schema {database.SCHEMA.revision(engine)}")
    return 0


VERBS: tuple[Verb, ...] = (serve, admin, unlock, export, forget, merge, rekey, audit, migrate)
"""In the order of the help."""


def _parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """For these words; what a verb that is not among them takes would have to be imported, which takes long."""
    parser = argparse.ArgumentParser(prog="python -m review", description=ABOUT, epilog=SETTINGS)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for does in VERBS:
        told = (does.__doc__ or "").splitlines()[0]
        verb = verbs.add_parser(does.__name__, help=told, description=told)
        verb.set_defaults(verb=does)
        if does is admin:
            verb.add_argument("login", help="what they log in as")
            verb.add_argument("--name", help="as colleagues see it; the log-in name unless given")
            verb.add_argument("--url", default="http://127.0.0.1:8100", help="of the reading room (%(default)s)")
        if does is unlock:
            verb.add_argument("login", help="what they log in as")
        if does is export and "export" in words:
            import_module("review.export.command").add_arguments(verb)
        if does is migrate:
            verb.add_argument("--to", metavar="SCHEMA", help="back to an earlier one, before an older version starts")
        if does in (forget, merge) and does.__name__ in words:
            getattr(import_module("review.forgetting.command"), f"add_{does.__name__}")(verb)
        if does is audit:
            add_arguments(verb)
    return parser

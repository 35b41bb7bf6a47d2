"""The verbs of `python -m review`. All but serve work beside a running reading room, on its database."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from cxr import logs
from review.errors import ReviewError
from review.settings import Settings

Verb = Callable[[Settings, argparse.Namespace], int]


def main(arguments: list[str] | None = None) -> int:
    """Do what the verb says; 0, or 1 after saying what went wrong."""
    given = _parser().parse_args(arguments)
    try:
        settings = Settings()
        verb: Verb = given.verb
        return verb(settings, given)
    except ValidationError as error:
        told = [(str((each["loc"] or ("",))[0]).upper(), each["msg"]) for each in error.errors()]
        print("review: " + "; ".join(f"REVIEW_{name}: {wrong}" for name, wrong in told), file=sys.stderr)
    except (ReviewError, CommandError, ValueError, OSError, SQLAlchemyError) as error:
        print(f"review: {error}", file=sys.stderr)
    return 1


def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Serve the pages until stopped."""
    import cv2
    import uvicorn

    from review.app import create_app

    logs.configure("review", settings.log_level)
    cv2.setNumThreads(1)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=5,
    )
    return 0


def admin(settings: Settings, given: argparse.Namespace) -> int:
    """Make an administrator, and print the link, good for one use, with which they set their password."""
    from review import database
    from review.door.invitations import first_admin

    engine = database.connect(settings.database_url)
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database.upgrade(engine)
    with database.sessions(engine).begin() as session:
        secret = first_admin(session, given.login, given.name or given.login)
    print(f"{given.url.rstrip('/')}/invitation/{secret}")
    return 0


def export(settings: Settings, given: argparse.Namespace) -> int:
    """Write what readers said, with the films' pixels, in the form that training reads; de-identified."""
    from review import database
    from review.export.folder import run

    engine = database.connect(settings.database_url)
    database.upgrade(engine)
    with database.sessions(engine)() as session:
        print(run(session, settings.pictures, given))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m review", description="The reading room. Settings: REVIEW_*.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for does in (serve, admin, export):
        told = (does.__doc__ or "").splitlines()[0]
        verb = verbs.add_parser(does.__name__, help=told, description=told)
        verb.set_defaults(verb=does)
        if does is admin:
            verb.add_argument("login", help="what they log in as")
            verb.add_argument("--name", help="as colleagues see it; the log-in name unless given")
            verb.add_argument("--url", default="http://127.0.0.1:8100", help="of the reading room (%(default)s)")
        if does is export:
            import_module("review.export.folder").add_arguments(verb)
    return parser

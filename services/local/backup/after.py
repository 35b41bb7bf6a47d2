"""What is done once files and databases are back, before anything starts: the one place for it."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from auditing.verify import BrokenError
from local.backup.site import FILMS, READINGS, Site
from local.errors import BackupError
from local.waiting import Report
from review import database
from review.chain.opened import key_path, open_chain
from review.chain.seal import CHAIN
from review.chain.verify import verify
from review.errors import ReviewError
from review.forgetting.again import forget_again as review_forgetting
from scp.forgetting.forget import forget_again as listener_forgetting


def after_restore(site: Site, kept: Mapping[str, Path], report: Report) -> None:
    """Forget again who was forgotten since the backup, and look whether the audit is whole.

    Args:
        site: where files and databases are back.
        kept: name of a folder in a backup to what was there before, whose tombstones are newer.
        report: told of both.

    Raises:
        BackupError: somebody may be here again who was forgotten.
    """
    try:
        if site.room.folder.is_dir():
            report("forgotten", f"in the reading room, again: {review_forgetting(site.room, kept.get(READINGS))}")
        if site.listener.folder.is_dir():
            report("forgotten", f"at the listener, again: {listener_forgetting(site.listener, kept.get(FILMS))}")
    except (ReviewError, SQLAlchemyError, OSError, ValueError) as error:
        raise BackupError(
            f"The files are back, and so may be who was forgotten since the backup: {error}. Start nothing before "
            '`make review ARGS="forget --again --tombstones FOLDER"` and the same of scp went well: docs/operations.md.'
        ) from error
    report("audit", _audit(site))


def _audit(site: Site) -> str:
    """The mark and the key came back with the rows, so what `audit verify` says of them is right."""
    if not key_path(site.room).exists():
        return "not looked at: its key is not here"
    engine = database.connect(site.room.database_url)
    try:
        with database.sessions(engine, open_chain(site.room, engine))() as session:
            return str(verify(session, session.info[CHAIN]))
    except (BrokenError, ReviewError, SQLAlchemyError, OSError, ValueError) as error:
        return f"NOT whole: {error}"
    finally:
        engine.dispose()

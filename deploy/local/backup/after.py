"""What is done once files and databases are back, before anything starts: the one place for it."""

from sqlalchemy.exc import SQLAlchemyError

from local.backup.site import Site
from local.waiting import Report
from review import database
from review.chain.opened import key_path, open_chain
from review.chain.seal import CHAIN
from review.chain.verify import BrokenError, verify
from review.errors import ReviewError


def after_restore(site: Site, report: Report) -> None:
    """Look whether the audit is whole, and say so."""
    report("audit", _audit(site))


def _audit(site: Site) -> str:
    """The mark and the key came back with the rows, so what `audit verify` says of them is right."""
    if not key_path(site.room).exists():
        return "not looked at: its key is not here"
    engine = database.connect(site.room.database_url)
    try:
        with database.sessions(engine, open_chain(site.room, engine))() as session:
            return str(verify(session, session.info[CHAIN]))
    except (BrokenError, ReviewError, SQLAlchemyError, OSError) as error:
        return f"NOT whole: {error}"
    finally:
        engine.dispose()

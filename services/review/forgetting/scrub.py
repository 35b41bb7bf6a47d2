"""What was removed from the database leaves its files, too: free pages, and the log of what was written last."""

import structlog
from sqlalchemy import Engine, text

log = structlog.get_logger()

TABLES = ("film", "assessment", "opinion", "amendment", "search", "audit", "merged")


def scrub(engine: Engine, rebuild: bool = True) -> bool:
    """Overwrite what is free; whether all of it could be: who reads just now may be in the way.

    SQLite overwrites what it removes (secure_delete), in its file and, with the next checkpoint, in the log beside it;
    to build the file anew takes what earlier versions have left. PostgreSQL makes the place free for others; what it
    keeps for recovery and replicas is its administrator's.

    Args:
        engine: of the database.
        rebuild: build SQLite's file anew: about a minute for a few GB, in which nobody else can write.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name != "sqlite":
            connection.execute(text(f"VACUUM {', '.join(TABLES)}"))
            return True
        if rebuild:
            connection.execute(text("VACUUM"))
        busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
    if busy:
        log.warning("log of the database not emptied: somebody reads")
    return not busy

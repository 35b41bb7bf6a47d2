"""The chain of a reading room: its key, and where its end is marked."""

from pathlib import Path

import structlog
from sqlalchemy import Engine, select

from review import keys
from review.chain.mark import Mark
from review.chain.seal import Chain
from review.errors import InvalidError
from review.people import AuditHead
from review.settings import Settings

log = structlog.get_logger()

KEY, MARK = "audit.key", "audit.mark"
"""In the reading room's folder."""

LOST = "put the audit's key back from its backup: rows that were sealed with it can be verified with no other"


def open_chain(settings: Settings, engine: Engine) -> Chain:
    """The chain of a database that has this version's tables; a key is made where there is none yet, nor a chain.

    Raises:
        InvalidError: the key is lost, or damaged.
        OSError: a file can be neither read nor written.
    """
    path = key_path(settings)
    if settings.audit_key is None and not path.exists():
        with engine.connect() as connection:
            begun = connection.execute(select(AuditHead.seal)).scalar_one() != ""
        if begun:
            raise InvalidError(f"{path}: no such file; {LOST}")
        if keys.make(path):
            log.info("audit key made", path=str(path))
    if not path.exists():
        raise InvalidError(f"{path}: no such file; REVIEW_AUDIT_KEY names one with 64 random hexadecimal digits")
    return Chain(keys.read(path, LOST), Mark(settings.folder / MARK))


def key_path(settings: Settings) -> Path:
    """Where the key is."""
    return settings.audit_key or settings.folder / KEY

"""The chain of a reading room: its key, and where its end is marked."""

from pathlib import Path

from sqlalchemy import Engine, select

from auditing.chain import Chain
from auditing.keys import audit_key
from auditing.mark import Mark
from review.people import AuditHead
from review.settings import Settings

KEY, MARK = "audit.key", "audit.mark"
"""In the reading room's folder."""


def open_chain(settings: Settings, engine: Engine) -> Chain:
    """The chain of a database that has this version's tables; a key is made where there is none yet, nor a chain.

    Raises:
        KeyLostError: the key is lost, or damaged.
        OSError: a file can be neither read nor written.
    """
    with engine.connect() as connection:
        begun = connection.execute(select(AuditHead.seal)).scalar_one_or_none() != ""
    key = audit_key(key_path(settings), "REVIEW_AUDIT_KEY", settings.audit_key is None, begun)
    return Chain(key, Mark(settings.folder / MARK))


def key_path(settings: Settings) -> Path:
    """Where the key is."""
    return settings.audit_key or settings.folder / KEY

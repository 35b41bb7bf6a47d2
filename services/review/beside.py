"""The database of a reading room, for what works on it beside a running one, or while none runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from review.settings import Settings

if TYPE_CHECKING:
    from review.database import Sessions


@contextmanager
def opened(settings: Settings) -> "Iterator[Sessions]":
    """Sessions on it; it is brought to this version's tables.

    Raises:
        SQLAlchemyError: it cannot be reached.
        InvalidError: the audit's key is lost.
    """
    from review import database  # here: most commands are asked for help alone
    from review.chain.opened import open_chain

    engine = database.connect(settings.database_url)
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        database.upgrade(engine)
        yield database.sessions(engine, open_chain(settings, engine))
    finally:
        engine.dispose()

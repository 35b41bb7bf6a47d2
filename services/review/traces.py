"""What each session was shown already, where the audit says it once: pictures by film, rows of lists, figures."""

import base64
import threading
from collections.abc import Hashable, Iterable
from typing import Any

from cachetools import TTLCache

from review.audit import row_of
from review.owed import Debt, Owed
from review.people import Person

MOST = 200_000
"""Films and lists of all sessions that are remembered; what is forgotten is recorded once more. About 50 MiB."""


class Traces:
    """Of all sessions of a process; safe to share between threads."""

    def __init__(self, owed: Owed, session_s: float) -> None:
        """Of none yet.

        Args:
            owed: writes what is recorded.
            session_s: how long a reader's session lasts at most.
        """
        self._owed = owed
        self._left: TTLCache[tuple[str, Hashable], bool] = TTLCache(MOST, session_s)
        self._lock = threading.Lock()

    def leave(
        self,
        person: Person,
        names: Iterable[Hashable],
        action: str,
        film_id: str | None = None,
        again: bool = False,
        **detail: Any,
    ) -> None:
        """Record it, committed before it is shown; nothing where this session was shown all of it before.

        Args:
            names: what is shown.
            again: record it all the same.
        """
        keys = [(person.entry, name) for name in names]
        with self._lock:  # of two requests at once neither goes on before it is written
            if again or any(key not in self._left for key in keys):
                self._owed.write(Debt(row_of(person, action, film_id, detail)))
                self._left.update(dict.fromkeys(keys, True))

    def has(self, person: Person, name: Hashable) -> bool:
        """Whether it was shown to this session."""
        with self._lock:
            return (person.entry, name) in self._left


def row(film_id: str) -> str:
    """The name of a film's row in a list, with its thumbnail."""
    return f"row {film_id}"


def encoded(query: str) -> str:
    """A query as the audit keeps it, which may hold a patient's name.

    Source:
        DICOM PS3.15, A.5.3.10 (Query): ParticipantObjectQuery is base64 (RFC 3881, 5.5).
    """
    return base64.b64encode(query.encode()).decode()

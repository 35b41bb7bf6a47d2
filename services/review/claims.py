"""Who has which film open, or next: readers who go down the same list at once are not led to the same film."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

KEPT_S = 600.0
"""How long a film is kept for a reader who does nothing more. Source: a judgement; far longer than a reading takes, and
as long as a patient can wait for a reader who was called away."""


LEFT_S = 30.0
"""How long a film that was left is offered to nobody: what its reader said may not be in the database yet. Source:
longer than any request takes."""


@dataclass(frozen=True)
class Claim:
    """Of one reader."""

    open: str
    following: str
    since: float


class Claims:
    """Of one process, in its memory: after a restart two readers may meet once, and nothing else is lost.

    A claim is an offer, no lock: whoever opens a film that somebody else has may read it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._of: dict[str, Claim] = {}
        self._left: dict[str, float] = {}
        """Films to when they were left."""
        self._changing = threading.Lock()

    def lead(self, reader_id: str, open_film: str, candidates: Iterable[str]) -> str | None:
        """The first film that nobody else has, which the reader has next from now on; None where there is none.

        Args:
            reader_id: who goes on.
            open_film: the one that they have open and have not read; empty: none.
            candidates: films in the order of their list, each with its state: one that was read is another's work.
        """
        with self._changing:
            before = self._of.pop(reader_id, None)
            if before and before.open not in ("", open_film):
                self._left[before.open] = self._clock()
            taken = self._taken()
            found = next((each for each in candidates if each not in taken), None)
            self._of[reader_id] = Claim(open_film, found or "", self._clock())
            return found

    def _taken(self) -> set[str]:
        """Those of all readers; what was kept for too long is free again."""
        now = self._clock()
        self._of = {reader: each for reader, each in self._of.items() if now - each.since < KEPT_S}
        self._left = {film: since for film, since in self._left.items() if now - since < LEFT_S}
        return {film for each in self._of.values() for film in (each.open, each.following)} | set(self._left)

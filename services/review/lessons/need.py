"""How many films are drawn to be read blind: more of them while a lesson still waits for films that judge it."""

import time

from sqlalchemy.orm import Session

from certificates.allowed import HEAD
from review.lessons.allowed import Counted, count
from review.settings import Settings

COUNTED_FOR_S = 300.0
"""How long a count holds: it reads all settled films, and every new film asks."""


def needed(settings: Settings, counted: Counted) -> float:
    """The share of the films that come now."""
    usual, more = settings.blind_share, settings.blind_share_collecting
    waits = _collects(settings) and sum(counted.blind.values()) < HEAD[1]
    return max(usual, more) if usual and waits else usual


def _collects(settings: Settings) -> bool:
    """Beside a demo reader, who is anybody, nothing is."""
    return settings.lessons is not None and not settings.demo


class BlindShare:
    """The share in force, counted now and then; safe to share between threads, of which two may count at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._share, self._until = settings.blind_share, float("-inf")

    def __call__(self, session: Session) -> float:
        """Of the films that come now.

        Args:
            session: of the room's database; nothing is written.
        """
        if _collects(self._settings) and time.monotonic() >= self._until:
            with session.no_autoflush:  # the film that comes is not whole yet, and cannot be written
                self._share = needed(self._settings, count(session))
            self._until = time.monotonic() + COUNTED_FOR_S
        return self._share

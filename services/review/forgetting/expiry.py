"""Lets films go by themselves that were read long ago: REVIEW_KEEP_DAYS."""

import threading
from dataclasses import asdict

import structlog

from review.forgetting.forget import Forgetter

log = structlog.get_logger()

EVERY_S = 60 * 60.0
"""How often it is looked whether any have to go."""

STOP_S = 10.0
"""How long the end waits for a transaction that is under way; one that it ends is not committed."""


class Expiry:
    """A thread that looks at the start, and then every hour."""

    def __init__(self, forgetter: Forgetter, days: float, every_s: float = EVERY_S) -> None:
        """Of a reading room.

        Args:
            forgetter: does it.
            days: since the last opinion of a film.
            every_s: how often to look.
        """
        self._forgetter = forgetter
        self._days = days
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expiry", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way goes on at the next start."""
        self._stop.set()
        self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                gone = self._forgetter.expire(self._days)
                if gone.films:
                    log.info("films expired", **asdict(gone))
            except Exception as error:  # the database or the disk, whose words may be a patient's: next time
                log.error("films not expired", error=type(error).__name__)
            self._stop.wait(self._every_s)

"""The circuit breaker of one replica: after failures in a row it is left alone, then asked who it is before films."""

import time

MAX_FAILURES = 5
"""In a row, after which it opens. Source: more than one bad film's retries (3), fewer than a lane of waiting films."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
"""How long it stays open; twice as long each time in a row. The longest is below the gateway's deadline."""


class Breaker:
    """Closed, open, or half open: one film at a time, and one failure opens it again."""

    def __init__(self) -> None:
        self.on_trial = False
        """Whether it is half open; true while it is open, too."""
        self._failures = 0
        self._wait_s = FIRST_WAIT_S
        self._open_until = 0.0

    @property
    def wait_s(self) -> float:
        """Seconds until the replica may be asked who it is; 0 where it may now."""
        return max(self._open_until - time.monotonic(), 0.0)

    def succeeded(self) -> None:
        """A film was answered."""
        self._failures, self.on_trial, self._wait_s = 0, False, FIRST_WAIT_S

    def failed(self) -> bool:
        """A film was not answered; whether that opened it."""
        self._failures += 1
        if self._failures < (1 if self.on_trial else MAX_FAILURES):
            return False
        self._open_until = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        self._failures, self.on_trial = 0, True
        return True

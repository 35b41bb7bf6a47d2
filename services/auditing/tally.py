"""What happens again and again leaves few rows: the first at once, and later how many more there were."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import takewhile

from auditing.row import Row


@dataclass(frozen=True)
class Window:
    """How often rows that say the same are written."""

    seconds: float
    counted: bool
    """Whether it is told how many more there were."""
    most: int
    """Different ones in a window that are told apart. Source: see those below."""
    crowded: bool = False
    """Whether those beyond that are told together, without who they were of; else the oldest is let go before its time,
    and written once more when it comes again."""


FLOOD = Window(60, counted=True, most=100, crowded=True)
"""Of what anybody can cause who reaches a port: 101 rows, and as many counts, a minute at most; 60 MB a day."""

HOURLY = Window(3600, counted=True, most=10_000)
"""Of what is asked again and again, and where how often is of interest."""

ONCE = Window(3600, counted=False, most=50_000)
"""Of what is told once, such as who has read what; about 15 MB."""


@dataclass
class _Open:
    row: Row
    since: float
    more: int = 0


class Tally:
    """Of one window; not safe to share between threads."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._open: dict[Hashable, _Open] = {}
        """The oldest first."""

    def take(self, key: Hashable, row: Row, now: float | None = None) -> list[Row]:
        """The rows that are to be written now for one that has come.

        Args:
            key: what is the same when it says the same.
            row: it.
            now: monotonic seconds.
        """
        now = time.monotonic() if now is None else now
        written = self.over(now)
        if key not in self._open and len(self._open) >= self.window.most:
            if self.window.crowded:
                key, row = (row.action, "others"), replace(row, who=None, about=None, detail={"others": True})
            else:
                written += self._close(next(iter(self._open)))
        if key in self._open:
            self._open[key].more += 1
            return written
        self._open[key] = _Open(row, now)
        return [*written, row]

    def over(self, now: float | None = None) -> list[Row]:
        """What is to be told of windows that are over; of all of them where now is infinite."""
        now = time.monotonic() if now is None else now
        ended = takewhile(lambda each: now - each[1].since >= self.window.seconds, self._open.items())
        return [row for key, _ in list(ended) for row in self._close(key)]

    def _close(self, key: Hashable) -> list[Row]:
        done = self._open.pop(key)
        if not (self.window.counted and done.more):
            return []
        return [replace(done.row, detail={**done.row.detail, "more": done.more})]

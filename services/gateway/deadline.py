"""One deadline a request, split over the stages."""

import time
from typing import Final

RESERVE_S: Final = 0.5
"""Left for each later stage. Source: several times what a stage takes when it is not waited for (make bench)."""


class Deadline:
    """A point in time on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, later_stages: int = 0) -> float:
        """Seconds that one stage may take so that the later ones have time too; at least a tenth of what is left.

        A stage that needs longer, because its worker restarts, may so take nearly all of it.
        """
        left = max(self._end - time.monotonic(), 0.0)
        return max(left - later_stages * RESERVE_S, left / 10)

"""Who goes next: urgent films first, and still no routine film waits for ever."""

from scp.spool import Waiting

URGENT_IN_A_ROW = 3
"""While routine films wait; then the oldest of them goes.

Source: a choice. An urgent film waits at most for one routine film more, and routine films keep a quarter of all turns,
however many urgent ones come. Waiting longer makes no film more urgent: after an outage all have waited for long.
"""


class Turns:
    """Remembers how many urgent films went before routine ones."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def take(self, ready: list[Waiting]) -> Waiting:
        """Remove who goes next.

        Args:
            ready: at least one, the oldest first.
        """
        urgent = next((each for each in ready if each.urgent), None)
        routine = next((each for each in ready if not each.urgent), None)
        passed = urgent is not None and routine is not None
        first = routine if urgent is None or (passed and self._in_a_row >= URGENT_IN_A_ROW) else urgent
        assert first is not None  # noqa: S101 - for the type checker: there is at least one
        self._in_a_row = self._in_a_row + 1 if passed and first.urgent else 0
        ready.remove(first)
        return first

"""How long the listener's threads wait."""

from dataclasses import dataclass

MAX_DOUBLINGS = 32
"""More would leave every longest pause behind, and after a thousand the numbers that a float can hold."""


@dataclass(frozen=True)
class Backoff:
    """Pauses between tries: each twice the one before, up to the longest."""

    first_s: float
    longest_s: float

    def pause_s(self, failures: int) -> float:
        """After a try that failed.

        Args:
            failures: in a row before it, however many.
        """
        return min(self.first_s * 2.0 ** min(failures, MAX_DOUBLINGS), self.longest_s)


@dataclass(frozen=True)
class Waits:
    """Seconds; tests hand in shorter ones."""

    look_s: float = 0.5
    """Between two looks at the spool or at a route's queue, where nothing tells of what is new."""

    films: Backoff = Backoff(0.5, 15)
    """Between two tries of a film; short, so that a gateway that is back is used soon."""

    peers: Backoff = Backoff(1, 60)
    """Between two tries of a route whose peer is away."""

    prune_every_s: float = 600
    """Far above what one film takes to arrive: what is older in incoming/ was interrupted."""


USUAL = Waits()

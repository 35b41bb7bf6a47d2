"""Who goes first where not all can go at once."""

from enum import IntEnum

URGENT_WORDS = ("urgent", "u=0")
"""Of a Priority header. Source: RFC 9218, 4.1, whose most urgent is u=0; and its plain word, for people."""


class Lane(IntEnum):
    """The lower goes first."""

    URGENT = 0
    ROUTINE = 1
    SHADOW = 2
    """Computed to be compared, for nobody who waits."""

    @property
    def label(self) -> str:
        """As metrics and logs say it."""
        return self.name.lower()


def lane_of(priority: str) -> Lane:
    """What a Priority header asks for; whatever it does not say is routine."""
    words = (word.strip().lower() for word in priority.split(","))
    return Lane.URGENT if any(word in URGENT_WORDS for word in words) else Lane.ROUTINE

"""Who goes first where not all can go at once."""

from enum import IntEnum

from doors.priority import is_urgent


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
    return Lane.URGENT if is_urgent(priority) else Lane.ROUTINE

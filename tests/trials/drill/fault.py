"""What a fault is: something that is done to a site, and undone."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tests.trials.drill.site import Site


class SkippedError(Exception):
    """This machine cannot have this fault; the message says what it lacks."""


class Fault:
    """One way to break one component. The docstring of each says what must happen."""

    name: ClassVar[str]
    hold_s: ClassVar[float] = 0.0
    """From injecting to mending; 0 where it mends itself."""
    forgets: ClassVar[bool] = False
    """Whether what was listed in the feed meanwhile may be gone: with Valkey, which keeps it, or with the gateway."""
    site: ClassVar[str] = "cascade"
    """Where it is tried: see sites."""

    def prepare(self, site: "Site") -> None:
        """Before the load begins.

        Raises:
            SkippedError: it cannot be had here.
        """

    def inject(self, site: "Site") -> None:
        """Break it."""
        raise NotImplementedError

    def mend(self, site: "Site") -> None:
        """Undo it."""

    def check(self, site: "Site") -> list[str]:
        """What else is wrong after it; each a sentence."""
        return []

    @classmethod
    def must(cls) -> str:
        """What must happen, in one line."""
        return " ".join((cls.__doc__ or "").split())

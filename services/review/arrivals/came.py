"""How a film came: where from, and whether it is to be read first."""

from dataclasses import dataclass
from typing import Self

from results.schema import Listed
from review.sources import Source
from review.tables import Film

_OF_THE_FEED: dict[str | None, Source] = {"modality": "modality", "reader": "dropped", "api": "api", "test": "test"}
"""What the gateway's feed calls them; whatever else it says, or an older one does not say, is just the feed's."""

_READ_LAST: dict[str, int] = {"test": 2, "api": 1}
"""Those whose films are less likely to have to be read; all others come before."""


@dataclass(frozen=True)
class Came:
    """Of one assessment."""

    source: Source
    urgent: bool = False
    """Whether whoever sent the film asked for it to go first."""

    @classmethod
    def of(cls, listed: Listed) -> Self:
        """As the gateway's feed tells it."""
        return cls(_OF_THE_FEED.get(listed.source, "feed"), listed.lane == "urgent")

    def mark(self, film: Film) -> None:
        """A film that comes more than once is read as whoever needs it most has to have it."""
        if _READ_LAST.get(self.source, 0) < _READ_LAST.get(film.source, 0):
            film.source = self.source
        film.urgent = bool(film.urgent or self.urgent)

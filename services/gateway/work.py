"""One request on its way to an assessment."""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from ulid import ULID

from cxr.radiograph import Doubt, Radiograph
from gateway import tags
from gateway.cautions import cautions, correcting
from gateway.correction import correctable, corrected
from gateway.deadline import Deadline
from gateway.lanes import Lane
from gateway.names import film_name
from imaging.file import File
from imaging.header import header, pack, unpack
from results.schema import Assessment, Caution, Conclusion, Correction, Source, Timings


@dataclass(frozen=True)
class Known:
    """What a file turned out to be."""

    film: str
    """Name of its pixels."""
    display: str
    """The transform that made them."""
    header: bytes | None
    """Packed: what its results need of a DICOM file's header; None for a picture."""
    doubts: tuple[Doubt, ...] = ()
    """What is odd about how it has to be shown."""
    polarity_open: bool = False
    """Whether the pixels have to tell which values are white: the discriminator has not been asked yet."""
    negative: bool = False
    """Whether it has told that the film is to be shown the other way round."""
    correction: Correction | None = None
    """How it was changed after that, because the request allows it."""
    before: tuple[str, ...] = ()
    """Names of its pixels before it was turned or corrected: these were looked at, too."""

    @classmethod
    def of(cls, film: Radiograph, header: bytes | None) -> Self:
        """What a decoded film is known by."""
        return cls(film_name(film), film.display, header, film.doubts, film.polarity_open)

    def turned(self, film: Radiograph) -> Self:
        """The same file, whose film is this negative."""
        return replace(self._as(film), polarity_open=film.polarity_open, negative=True)

    def corrected(self, film: Radiograph, correction: Correction) -> Self:
        """The same file, whose film was corrected to this one."""
        return replace(self._as(film), correction=correction)

    def _as(self, film: Radiograph) -> Self:
        return replace(self, film=film_name(film), display=film.display, before=(*self.before, self.film))

    def as_known(self, film: Radiograph) -> Radiograph:
        """A film decoded again, as it is known by now to be shown."""
        film = film.turned() if self.negative else film
        return corrected(film, self.correction) if self.correction else film


@dataclass
class Work:
    """One request on its way to an assessment."""

    file: File
    request_id: str
    deadline: Deadline
    fresh: bool
    """Compute it, whatever is known already."""
    despite_refusal: bool = False
    """Go on where the discriminator refuses."""
    correct: bool = False
    """Turn or invert it where the discriminator refuses it as rotated or inverted."""
    caller: str = ""
    """Who asks."""
    lane: Lane = Lane.ROUTINE
    address: str = ""
    """From where."""
    source: Source = "api"
    """Where the film came from, as the caller says."""
    ahead: bool = False
    """Ask the segmenter while the discriminator looks, as assessment.Ask says."""
    id: str = field(default_factory=lambda: str(ULID()))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, float] = field(default_factory=dict)
    known: Known | None = None
    """None until it is prepared."""
    radiograph: Radiograph | None = None
    """None while its film is known from an earlier request with the same file."""

    @property
    def film(self) -> str:
        """Name of its pixels; empty until it is prepared."""
        return self.known.film if self.known else ""

    @property
    def before(self) -> tuple[str, ...]:
        """Names of its pixels before it was turned or corrected."""
        return self.known.before if self.known else ()

    @property
    def header(self) -> bytes | None:
        """Packed, as in known; None for a picture, and until it is prepared."""
        return self.known.header if self.known else None

    def looks_negative(self, conclusion: Conclusion) -> bool:
        """Whether the pixels tell that it has to be shown the other way round; only asked where its header does not."""
        gate = conclusion.discriminator
        return bool(self.known and self.known.polarity_open and gate and gate.positive < 0.5)

    def may_correct(self, conclusion: Conclusion) -> bool:
        """Whether it is to be turned or inverted now: once, where that is asked for and may help."""
        return bool(self.correct and self.known and not self.known.correction) and correctable(conclusion)

    def assessment(self, conclusion: Conclusion, population: str, cached: bool) -> Assessment:
        """The finished assessment, with this request's own timings and what its own header gives cause to say."""
        total = 1000 * (time.perf_counter() - self.started)
        timings = Timings(**{name: round(ms, 1) for name, ms in self.timings.items()}, total=round(total, 1))
        film = unpack(self.header) if self.header else None
        return Assessment(
            **dict(conclusion),
            id=self.id,
            created=self.created,
            display=self.known.display if self.known else None,
            correction=self.known.correction if self.known else None,
            conflicts=tags.conflicts(film, conclusion.discriminator, conclusion.refusal) if film else [],
            cautions=[*self._doubts(), *cautions(conclusion), *(tags.cautions(film, population) if film else [])],
            timings_ms=timings,
            cached=cached,
        )

    def _doubts(self) -> list[Caution]:
        if self.known is None:
            return []
        changed = [correcting(self.known.correction)] if self.known.correction else []
        return [*changed, *(Caution(code=each.code, detail=each.detail) for each in self.known.doubts)]


def decoded(file: File, max_pixels: int) -> tuple[Radiograph, Known]:
    """The radiograph, and what else is to be known of its file. The data set of a DICOM file ends here.

    Raises:
        InputError: no radiograph can be read from it.
    """
    radiograph, dataset = file.read(max_pixels)
    packed = pack(header(dataset)) if dataset is not None else None
    return radiograph, Known.of(radiograph, packed)

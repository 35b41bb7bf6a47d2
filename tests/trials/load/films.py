"""Which films are sent, in which mix, and what each is known to be."""

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from imaging.file import File
from tests.trials.bench.variants import DICOM, PNG, Film

FILMS = 8
FIRST = 50_000
"""Number of the first variant: not one that the bench uses."""

TEST = {"X-CXR-Source": "test"}
"""Keeps them off the lists of doctors who are connected to the same gateway."""

Lane = Literal["urgent", "routine"]


@dataclass(frozen=True)
class Asked:
    """One request: which film, in which form and lane, and whether the cache may answer."""

    number: int
    kind: str
    lane: Lane
    cached: bool

    def headers(self) -> dict[str, str]:
        """HTTP's, but for the film's type."""
        lane = TEST | ({"Priority": "urgent"} if self.lane == "urgent" else {})
        return lane if self.cached else lane | {"Cache-Control": "no-cache"}


@dataclass(frozen=True)
class Mix:
    """Shares in [0, 1] of all requests, drawn by chance, each by itself."""

    dicom: float
    """DICOM files; the others are PNG."""
    cached: float
    """Films that were sent before and may come from the cache; the others are computed anew."""
    urgent: float
    """In the lane of urgent films; the others are routine."""

    def draw(self, chance: random.Random) -> Asked:
        """The next request."""
        kind = "DICOM" if chance.random() < self.dicom else "PNG"
        lane: Lane = "urgent" if chance.random() < self.urgent else "routine"
        number = chance.randrange(FILMS // 2) * 2 + (kind == "DICOM")
        return Asked(number, kind, lane, chance.random() < self.cached)

    def __str__(self) -> str:
        cached = {0.0: "uncached", 1.0: "cached"}.get(self.cached, f"{self.cached:.0%} cached")
        return f"{cached}, {self.urgent:.0%} urgent" if self.urgent else cached


@dataclass
class Films:
    """PNG and DICOM in turn: files that are encoded once, before anything is timed."""

    files: list[File]
    digest: str
    """Of the radiograph that they were made of: two machines that load together have to have the same."""
    classes: list[dict[str, float]] = field(default_factory=list)
    """What each was when it was sent alone; empty until that is known."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Variants of the radiograph in a picture file.

        Raises:
            MeasurementError: there is none.
        """
        film = Film.read(path)
        return cls(film.mixed(FILMS, FIRST), hashlib.sha256(film.pixels.tobytes()).hexdigest())

    def type(self, asked: Asked) -> str:
        """The media type of what is asked for."""
        return {"DICOM": DICOM, "PNG": PNG}[asked.kind]

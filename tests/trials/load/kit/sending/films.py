"""Which films are sent, in which mix, and what each is known to be."""

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .errors import SendingError

KINDS = {".dcm": "application/dicom", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
"""How a film's file ends, to its media type."""

NAMES = {"application/dicom": "DICOM", "image/png": "PNG", "image/jpeg": "JPEG"}
"""Media type to what its requests are called."""

TEST = {"X-CXR-Source": "test"}
"""Keeps them off the lists of doctors who are connected to the same gateway."""

Lane = Literal["urgent", "routine"]


@dataclass(frozen=True)
class Film:
    """A file as it is sent."""

    data: bytes
    kind: str
    """Its media type."""

    @property
    def name(self) -> str:
        """What its requests are called."""
        return NAMES[self.kind]


@dataclass(frozen=True)
class Asked:
    """One request: which film, in which lane, and whether the cache may answer."""

    number: int
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
    """DICOM files; the others are pictures. Where all films are of one sort, it means nothing."""
    cached: float
    """Films that were sent before and may come from the cache; the others are computed anew."""
    urgent: float
    """In the lane of urgent films; the others are routine."""

    def draw(self, chance: random.Random, films: "Films") -> Asked:
        """The next request."""
        of_dicom = chance.random() < self.dicom
        lane: Lane = "urgent" if chance.random() < self.urgent else "routine"
        fitting = films.numbers(of_dicom) or films.numbers(not of_dicom)
        return Asked(chance.choice(fitting), lane, chance.random() < self.cached)

    def __str__(self) -> str:
        cached = {0.0: "uncached", 1.0: "cached"}.get(self.cached, f"{self.cached:.0%} cached")
        return f"{cached}, {self.urgent:.0%} urgent" if self.urgent else cached


@dataclass
class Films:
    """Those of a folder, read once, before anything is timed."""

    files: list[Film]
    digest: str
    """Of all: two machines that load together have to have the same."""
    classes: list[dict[str, float]] = field(default_factory=list)
    """What each was when it was sent alone; empty until that is known."""

    @classmethod
    def read(cls, folder: Path) -> "Films":
        """All DICOM, PNG and JPEG files there, in the order of their names.

        Raises:
            SendingError: there are none.
        """
        paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in KINDS)
        if not paths:
            raise SendingError(f"no films in {folder}: put frontal chest films there, .dcm, .png or .jpg")
        files = [Film(path.read_bytes(), KINDS[path.suffix.lower()]) for path in paths]
        return cls(files, hashlib.sha256(b"".join(hashlib.sha256(film.data).digest() for film in files)).hexdigest())

    def numbers(self, dicom: bool) -> list[int]:
        """Of those that are DICOM files, or of those that are not."""
        return [number for number, film in enumerate(self.files) if (film.name == "DICOM") is dicom]

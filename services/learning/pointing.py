"""Whether maps are hottest where readers of the films that judge drew boxes: parent and candidate, as served."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from certificates.certificate import Figure, Gate
from learning.comparing import ROUNDS, Floats, Judged, compare
from learning.marks import Mark
from vocabulary.conditions import CLASSES

MIN_FILMS = 20
"""With boxes, that judge: below it nothing is said of where maps point. A judgement, as for a calibration."""

Row = tuple[Floats, float]
"""Of the last layer, and its bias."""

WHAT = "hottest place in a reader's box"


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Pointed:
    """One entry for each map of a film that judges: numbers, no places."""

    output: NDArray[np.int64] = field(default_factory=_none)
    """Of the classifier: whose map."""
    patients: NDArray[np.int64] = field(default_factory=_none)
    parent: NDArray[np.int64] = field(default_factory=_none)
    """1 where the hottest place is in a box."""
    candidate: NDArray[np.int64] = field(default_factory=_none)

    @classmethod
    def of(cls, marks: Sequence[Mark], patients: Mapping[int, int], rows: Mapping[int, tuple[Row, Row]]) -> Self:
        """Look where both point.

        Args:
            marks: of any films.
            patients: film to patient, of those that judge.
            rows: output to the parent's row and the candidate's, of those that were taught.
        """
        own = [mark for mark in marks if mark.film in patients and mark.output in rows]
        parent, candidate = (
            np.array([mark.hit(*rows[mark.output][version]) for mark in own], np.int64) for version in (0, 1)
        )
        output = np.array([mark.output for mark in own], np.int64)
        return cls(output, np.array([patients[mark.film] for mark in own], np.int64), parent, candidate)


def told(pointed: Pointed, rounds: int = ROUNDS) -> Iterator[tuple[Figure | None, Gate]]:
    """Classes' maps and findings': no surely worse at pointing than the parent's; nothing where nobody drew."""
    of_classes = pointed.output < len(CLASSES)
    for name, part in {"classes' maps": of_classes, "findings' maps": ~of_classes}.items():
        count = int(part.sum())
        if 0 < count < MIN_FILMS:
            few = f"readers drew boxes on {count} maps that judge; {MIN_FILMS} are needed: too few to say"
            yield None, Gate(name=f"pointing: {name}", passed=True, told=few)
        elif count:
            yield _compared(pointed, part, name, rounds)


def _compared(pointed: Pointed, part: NDArray[np.bool_], name: str, rounds: int) -> tuple[Figure, Gate]:
    parent, candidate = (each[part, None].astype(np.float64) for each in (pointed.parent, pointed.candidate))
    judged = Judged(np.ones(len(parent), np.int64), parent, candidate, pointed.patients[part])
    found = compare(judged, rate, rounds)
    numbers = [round(value, 4) for value in (found.parent, found.candidate, found.low, found.high)]
    figure = Figure(
        what=WHAT,
        data=f"this hospital, {name}",
        films=len(parent),
        **dict(zip(("parent", "candidate", "low", "high"), numbers, strict=True)),
    )
    gate = Gate(name=f"pointing: {name}", passed=found.high >= 0, told=f"{WHAT} ({name}, {len(parent)}) {found}")
    return figure, gate


def rate(classes: NDArray[np.int64], hits: Floats, weights: Floats) -> Floats:
    """Share of hits; see comparing.Measure."""
    return np.asarray(weights @ hits[:, 0] / weights.sum(axis=1))

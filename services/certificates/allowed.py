"""What so many labels allow, and why not more: the reading room says it, and learning keeps to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self

Method = Literal["nothing", "calibration", "head"]

CALIBRATION = (50, 20)
"""Settled films that teach, and films of other patients, read blind, that judge: below either, nothing is taught."""

HEAD = (200, 100)
"""The same, from which a new last layer may be taught.

Source:
    docs/learning.md: with 50 labels a new layer is worse in three draws of ten or more, in three hospitals of five.
"""

CORRECTION = (50, 30)
"""The same of films of which a number is asked, from which a correction of it may be taught.

Source:
    docs/learning.md, what numbers are worth: with so few a habit of half a year is mended in every draw, and where
    readers have none, nothing is lost on average.
"""

CLASS_LABELS = 15
"""Films that teach, of each class that readers say at all."""

JUDGE_SHARE = 1 / 3
"""Of the settled films, how many judge at most, where more were read blind than a calibration needs."""

STEPS: dict[str, tuple[int, int]] = {
    "calibration and operating points": CALIBRATION,
    "the classifier's last layer": HEAD,
}
"""What may be taught, the least first."""


@dataclass(frozen=True)
class Lack:
    """Films that there are too few of."""

    of: Literal["teaching", "classes", "class", "judging"]
    """Which: those that teach; of another class than one; those that teach a class; those that judge, read blind."""
    films: int = 0
    needed: int = 0
    label: str = ""
    """The class."""

    def __str__(self) -> str:
        """In words."""
        if self.of == "classes":
            return "films of one class only"
        counted = f"{self.films} of {self.needed} films"
        if self.of == "judging":
            return f"{counted}, read blind, that judge"
        return f"{counted} that teach {self.label.replace('_', ' ')}".rstrip()


@dataclass(frozen=True)
class Step:
    """Something that may be taught, or may not yet."""

    name: str
    """One of STEPS."""
    missing: list[Lack]
    """What it waits for; empty where it may be taught."""


@dataclass(frozen=True)
class Enough:
    """What a hospital has."""

    labels: int
    """Films on which its readers have settled, and that teach."""
    classes: dict[str, int]
    """Those of each class that was said at all."""
    blind: int
    """Films of other patients, of which readers said the class before the models' answer was shown: they judge."""

    @classmethod
    def of(cls, settled: Mapping[str, int], blind: int) -> Self:
        """Before films are divided into those that teach and those that judge.

        Args:
            settled: class to films.
            blind: how many of them were drawn by chance and read blind.
        """
        total = sum(settled.values())
        judging = min(blind, judges(total))
        teaching = {name: count * (total - judging) // total for name, count in settled.items() if count}
        return cls(total - judging, teaching, judging)

    @property
    def method(self) -> Method:
        """The most that may be taught."""
        if self.wanting(CALIBRATION):
            return "nothing"
        return "calibration" if self.wanting(HEAD) else "head"

    @property
    def steps(self) -> list[Step]:
        """What may be taught, and what each waits for."""
        return [Step(name, self.lacks(needed)) for name, needed in STEPS.items()]

    def wanting(self, needed: tuple[int, int]) -> list[str]:
        """What there is too little of, in words; empty if there is enough."""
        return [str(lack) for lack in self.lacks(needed)]

    def lacks(self, needed: tuple[int, int]) -> list[Lack]:
        """What there is too little of."""
        few, judging = lacking(self.labels, self.blind, needed)
        classes = [Lack("classes")] if len(self.classes) < 2 else []
        rare = ((name, count) for name, count in self.classes.items() if count < CLASS_LABELS)
        return [*few, *classes, *(Lack("class", count, CLASS_LABELS, name) for name, count in rare), *judging]


def correcting(films: int, drawn: int) -> list[Lack]:
    """What there is too little of to teach a correction of numbers, before films are divided.

    Args:
        films: with a number that was said before the models' was shown.
        drawn: those of them that were drawn by chance to be read so.
    """
    judging = min(drawn, judges(films, CORRECTION[1]))
    return [lack for part in lacking(films - judging, judging, CORRECTION) for lack in part]


def lacking(labels: int, blind: int, needed: tuple[int, int]) -> tuple[list[Lack], list[Lack]]:
    """What there is too little of, of films that teach and of those that judge."""
    few = [Lack("teaching", labels, needed[0])] if labels < needed[0] else []
    return few, [Lack("judging", blind, needed[1])] if blind < needed[1] else []


def judges(settled: int, least: int = CALIBRATION[1]) -> int:
    """How many of so many settled films judge at most; at least so many where there are."""
    return max(least, round(JUDGE_SHARE * settled))

"""What so many labels allow, and why not more."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["nothing", "calibration", "head"]

CALIBRATION_LABELS, CLASS_LABELS, CALIBRATION_BLIND = 50, 15, 20
"""Settled films that teach, those of each class, and blind films that judge, below which nothing is taught."""

HEAD_LABELS, HEAD_BLIND = 200, 100
"""The first and the last of them, from which a new last layer may be taught and judged.

Source:
    docs/learning.md: at 50 labels a new layer was a gamble in two of three hospitals, and 34 films could not judge it.
"""


@dataclass(frozen=True)
class Enough:
    """What a hospital has."""

    labels: int
    """Films on which its readers have settled, and that teach."""
    classes: dict[str, int]
    """Of each class that was said at all."""
    blind: int
    """Films of other patients, of which readers said the class before the models' answer was shown: they judge."""

    @property
    def method(self) -> Method:
        """The most that may be taught."""
        if self.wanting(CALIBRATION_LABELS, CALIBRATION_BLIND):
            return "nothing"
        return "calibration" if self.wanting(HEAD_LABELS, HEAD_BLIND) else "head"

    def wanting(self, labels: int, blind: int) -> list[str]:
        """What there is too little of, in words; empty if there is enough."""
        told = []
        if self.labels < labels:
            told.append(f"{self.labels} of {labels} settled films")
        if len(self.classes) < 2:
            told.append("films of one class only")
        told += [
            f"{count} of {CLASS_LABELS} films with {name.replace('_', ' ')}"
            for name, count in self.classes.items()
            if count < CLASS_LABELS
        ]
        if self.blind < blind:
            told.append(f"{self.blind} of {blind} films read blind")
        return told

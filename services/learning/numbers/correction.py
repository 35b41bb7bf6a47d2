"""What is taught: by how much a stage's numbers are off at a hospital, and how wide its intervals have to be there.

The network stays as it is, and with it heat maps and what is refused. Its numbers are scaled and moved, near to what is
served; no film passes another one by that. The intervals are measured anew, on films that the correction they are
measured with was not fitted to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from cxr.number import corrected
from learning.dividing import order
from learning.numbers.served import Answered
from training.numbers.interval import factor
from vocabulary.problems.problem import Number

Floats = NDArray[np.float64]

ANCHOR = 10.0
"""How many films, on which the served numbers are right, hold the correction near to no correction.

Source:
    docs/learning.md, what numbers are worth: enough that nothing is lost on average where readers have no habit, and
    few enough that 200 films mend nearly all of one.
"""

FOLDS = 5
"""Parts of the patients who teach: each part's intervals are measured with what the others taught."""

UNITS = 6.0
"""A slope counts by what it does at a sixth of the range from its middle: two thirds of films lie nearer, if they lie
there as a normal distribution within the range does."""

FLATTEST, STEEPEST = 0.5, 2.0
"""Of the scale: numbers stay in their order."""


@dataclass(frozen=True)
class Correction:
    """What is added to what a stage was taught before."""

    scale: float
    shift: float
    """In the problem's unit: scale * number + shift."""
    widening: float
    """By which intervals are multiplied, beside the scale."""

    def of(self, values: Floats, numbers: Floats) -> Floats:
        """Numbers, corrected.

        Args:
            values: shape (films,).
            numbers: all that can be answered.
        """
        return corrected(values, self.told, numbers)

    @property
    def told(self) -> dict[str, float]:
        """As a configuration has it."""
        return {"scale": self.scale, "shift": self.shift}

    @classmethod
    def read(cls, recipe: dict[str, Any]) -> Self:
        """As a lesson has it."""
        return cls(**recipe["correction"])

    def after(self, before: dict[str, float] | None) -> dict[str, float]:
        """With an earlier one, as one. Only numbers that the earlier one had cut at an end of the range differ."""
        earlier = before or {"scale": 1.0, "shift": 0.0}
        both = {"scale": self.scale * earlier["scale"], "shift": self.scale * earlier["shift"] + self.shift}
        return {name: round(value, 4) for name, value in both.items()}


def taught(
    answered: Answered,
    said: Floats,
    patients: NDArray[np.str_],
    numbers: Floats,
    number: Number,
    anchor: float = ANCHOR,
) -> Correction:
    """By what readers measured; the same each time.

    Args:
        answered: what the served stage says of the films that teach.
        said: shape (films,): what readers say of them.
        patients: of them.
        numbers: all that can be answered.
        number: the problem's.
        anchor: in films.
    """
    scale, shift = fitted(answered.value, said, number, anchor)
    off = np.empty(len(said))
    scales = np.empty(len(said))
    for part in folds(patients):
        own = fitted(answered.value[~part], said[~part], number, anchor)
        values = corrected(answered.value[part], {"scale": own[0], "shift": own[1]}, numbers)
        off[part], scales[part] = said[part] - values, own[0]
    widening = factor(off, np.zeros(len(off)), scales * answered.half, number.coverage)
    return Correction(scale, shift, widening)


def folds(patients: NDArray[np.str_]) -> Sequence[NDArray[np.bool_]]:
    """Which films are of each part of the patients; none is empty where there are as many patients as parts."""
    names = sorted({str(name) for name in patients}, key=order)
    parts = [names[start::FOLDS] for start in range(FOLDS)]
    return [np.isin(patients, part) for part in parts if part]


def fitted(values: Floats, said: Floats, number: Number, anchor: float) -> tuple[float, float]:
    """Scale and shift.

    They make the sum of Huber's losses of what is left the least, in units of the spread between readers: a reader's
    blunder counts by how far it is off, not by the square of that.

    Source:
        Huber 1964; the anchor is a ridge on what differs from scale 1 and shift 0.
    """
    middle, unit = (number.highest + number.lowest) / 2, (number.highest - number.lowest) / UNITS
    design = np.stack([np.ones(len(values)), (values - middle) / unit], axis=1)
    left = (said - values) / number.spread

    def loss(by: Floats) -> tuple[float, Floats]:
        off = left - design @ by
        inside = np.clip(off, -1, 1)
        total = (np.abs(off) - np.abs(inside) / 2) @ np.abs(inside) + anchor / 2 * by @ by
        return float(total), anchor * by - design.T @ inside

    steep = ((each - 1) * unit / number.spread for each in (FLATTEST, STEEPEST))
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(None, None), tuple(steep)]).x
    level, slope = (float(each) * number.spread for each in found)
    return round(1 + slope / unit, 4), round(level - slope / unit * middle, 3)

"""How well numbers are read on the test split: error, coverage, groups, bands, and always the mean beside them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxr import runtime
from training.figures import Figure, by_patient
from training.numbers.asking import ask
from training.numbers.course import asked
from training.numbers.export import Material

Floats = NDArray[np.float64]
TURNS = {"turned by 90 degrees": 1, "turned by 180 degrees": 2}


class Tested:
    """The test split's films with what was said of them."""

    def __init__(self, material: Material, network: runtime.Network, config: dict[str, Any]) -> None:
        films, self.problem, self.number = material.films, material.problem, asked(material.problem)
        rows = films.split("test")
        self.pixels, self.truth, self.groups = films.pixels[rows], films.truth[rows], films.groups[rows]
        self.names = np.array(films.names)[rows]
        self.said = ask(network, self.pixels)
        turned = {
            name: np.ascontiguousarray(np.rot90(self.pixels, turns, axes=(1, 2))) for name, turns in TURNS.items()
        }
        self.turned = {name: ask(network, pixels) for name, pixels in turned.items()}
        means, spreads = self.said.answers(config)
        halves = spreads * np.array([config["interval"][group] for group in self.problem.groups])
        lowest, highest = self.number.lowest, self.number.highest
        self.mean, self.low, self.high = means, np.maximum(means - halves, lowest), np.minimum(means + halves, highest)
        self.usual = float(films.truth[films.split("train")].mean())
        """The train split's mean: what an answer is worth that looks at no film."""

    def own(self, values: Floats) -> Floats:
        """Of (films, groups), each film's own group's."""
        return values[np.arange(len(values)), self.groups]

    def figure(self, what: str, data: str, values: Floats, part: NDArray[np.bool_]) -> Figure:
        """The mean of some films' values; a film is taken for a person's only one."""
        rows = pd.DataFrame({"patient_id": self.names[part]})
        chosen = values[part]
        return by_patient(what, data, rows, lambda positions: float(chosen[positions].mean()))


def figures(tested: Tested, config: dict[str, Any]) -> list[Figure]:
    """Errors and coverage, of all, by what is known of people, and by band."""
    every = np.ones(len(tested.truth), bool)
    return [*_errors(tested, every), *_covered(tested, every), *_parts(tested), *_turned(tested, config)]


def _errors(tested: Tested, every: NDArray[np.bool_]) -> Iterator[Figure]:
    unit, told = tested.number.unit, tested.problem.columns.group
    off, unknown = np.abs(tested.own(tested.mean) - tested.truth), np.abs(tested.mean[:, 0] - tested.truth)
    error = f"mean absolute error ({unit})"
    yield tested.figure(error, "all", off, every)
    if told:
        yield tested.figure(error, f"all, {told} not told", unknown, every)
    yield tested.figure(f"{error} of who always says the mean", "all", np.abs(tested.usual - tested.truth), every)
    yield tested.figure(f"mean error ({unit})", "all", tested.own(tested.mean) - tested.truth, every)
    for limit in (tested.number.step, 2 * tested.number.step, 4 * tested.number.step):
        yield tested.figure(f"share within {limit:g} {unit}", "all", (off <= limit).astype(float), every)


def _covered(tested: Tested, every: NDArray[np.bool_]) -> Iterator[Figure]:
    width, unit = tested.own(tested.high - tested.low), tested.number.unit
    yield tested.figure(_interval(tested), "all", _within(tested, tested.groups), every)
    if tested.problem.columns.group:
        nobody = np.zeros_like(tested.groups)
        data = f"all, {tested.problem.columns.group} not told"
        yield tested.figure(_interval(tested), data, _within(tested, nobody), every)
    yield tested.figure(f"mean width of the interval ({unit})", "all", width, every)


def _interval(tested: Tested) -> str:
    return f"share in the interval of {tested.number.coverage:.0%}"


def _within(tested: Tested, groups: NDArray[np.int64]) -> Floats:
    at = np.arange(len(groups)), groups
    return np.asarray((tested.low[at] <= tested.truth) & (tested.truth <= tested.high[at]), np.float64)


def _parts(tested: Tested) -> Iterator[Figure]:
    unit, off = tested.number.unit, np.abs(tested.own(tested.mean) - tested.truth)
    usual, within = np.abs(tested.usual - tested.truth), _within(tested, tested.groups)
    parts = {
        f"{tested.problem.columns.group} {group}": tested.groups == position
        for position, group in enumerate(tested.problem.groups)
        if group
    }
    for low, high in zip(tested.number.bands, tested.number.bands[1:], strict=False):
        parts[f"{low:g} to below {high:g} {unit}"] = (low <= tested.truth) & (tested.truth < high)
    for name, part in parts.items():
        if part.any():
            yield tested.figure(f"mean absolute error ({unit})", name, off, part)
            yield tested.figure(f"mean absolute error ({unit}) of who always says the mean", name, usual, part)
            yield tested.figure(_interval(tested), name, within, part)


def _turned(tested: Tested, config: dict[str, Any]) -> Iterator[Figure]:
    for name, said in tested.turned.items():
        off = np.abs(tested.own(said.answers(config)[0]) - tested.truth)
        yield tested.figure(f"mean absolute error ({tested.number.unit})", name, off, np.ones(len(off), bool))

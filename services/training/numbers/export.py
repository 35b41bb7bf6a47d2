"""From a checkpoint to what is served: half precision, a gate, and intervals measured with exactly those weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cxr import stage as stages
from cxr.gauge import Gauge
from training.crops import as_served
from training.export import averaged_state, halved, read_checkpoint, write_weights
from training.films import DataError
from training.numbers import asking, gate
from training.numbers.config import VERSION, write_config
from training.numbers.course import asked
from training.numbers.films import Measured
from training.numbers.interval import factor
from training.numbers.strangers import Strangers
from vocabulary.problems.problem import Number, Problem

LEARNED = 1000
"""Films of the problem's own that the gate learns from, at most: it needs no more."""


@dataclass(frozen=True)
class Material:
    """What a problem's weights are exported and judged with."""

    problem: Problem
    films: Measured
    strangers: Strangers
    """Without those that show what the problem's own films show."""
    akin: Strangers
    """Those: from elsewhere, in another resolution."""

    @classmethod
    def of(cls, problem: Problem, films: Measured, others: Strangers) -> "Material":
        """Others told apart by their kind."""
        akin = np.isin(others.kinds, problem.akin)
        return cls(problem, films, others.part(~akin & ~np.isin(others.kinds, problem.unclear)), others.part(akin))


def export(material: Material, trained: Path, store: Path) -> None:
    """Write the stage's weights and then its model-config.yaml.

    Args:
        trained: folder of the checkpoint.
        store: folder of all stages' weights.

    Raises:
        DataError: a split has too few films to measure on.
    """
    problem, number = material.problem, asked(material.problem)
    modules, about = read_checkpoint(trained)
    gauge = Gauge(number.bins, len(problem.groups), problem.inner_side)
    gauge.load_state_dict(averaged_state(modules))
    gauge.eval()
    gauge.gate.load_state_dict(gate.fit_gate(*sights(gauge, material)).state_dict())
    folder = store / problem.name
    write_weights(folder, halved(gauge), about | {"data_sha256": material.films.digest})
    calibration = calibrate(material, folder, blank(problem, number))
    (folder / "model-config.yaml").write_text(write_config(problem, number, calibration))


def sights(gauge: Gauge, material: Material) -> tuple[gate.Sights, gate.Sights]:
    """Features of the problem's own films of the train and val split, and of strangers."""
    films, others = material.films, material.strangers
    learned = np.concatenate([films.split("train")[:LEARNED], films.split("val")])
    kinds, splits = np.full(len(learned), "own"), films.splits[learned]
    own = gate.Sights(asking.features(gauge, films.pixels[learned]), kinds, splits)
    return own, gate.Sights(asking.features(gauge, others.pixels), others.kinds, others.splits)


def calibrate(material: Material, folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Intervals and gate, of the validation split, with the weights in the folder."""
    films, number = material.films, asked(material.problem)
    rows = films.split("val")
    network = as_served(stages.source(material.problem.name, folder, config))
    said = asking.ask(network, films.pixels[rows])
    means, spreads = said.answers(config)
    interval = {}
    for position, group in enumerate(material.problem.groups):
        own = films.groups[rows] == position if position else np.ones(len(rows), bool)
        if own.sum() < 2:
            raise DataError(f"no film of group {group!r} in the val split: its interval cannot be measured")
        interval[group] = factor(films.truth[rows][own], means[own, position], spreads[own, position], number.coverage)
    strange = material.strangers.part(material.strangers.splits == "val")
    return {"interval": interval, "gate": gate.calibrate(said.gate, asking.gates(network, strange.pixels))}


def blank(problem: Problem, number: Number) -> dict[str, Any]:
    """The stage section of a model-config.yaml, without what is measured."""
    numbers = {"lowest": number.lowest, "highest": number.highest, "count": number.bins}
    about = {"side": problem.side, "inner_side": problem.inner_side, "groups": list(problem.groups)}
    return {"version": VERSION, "numbers": numbers, **about}

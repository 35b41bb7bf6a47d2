"""The stage that answers a problem now, and what it says of films."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from cxr import runtime
from cxr import stage as stages
from cxr.number import in_distribution, scale
from learning.errors import LearningError
from learning.looking import CONFIG
from training.crops import as_served
from training.export import WEIGHTS
from training.numbers.asking import ask
from training.numbers.films import Measured
from vocabulary.problems.problem import Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Answered:
    """What a stage answers for films, each for its own person's group."""

    value: Floats
    """Shape (films,), in the problem's unit."""
    half: Floats
    """Shape (films,): half of its interval, before that is cut at the ends of the range."""
    accepted: NDArray[np.bool_]
    """Shape (films,): False where the stage refuses the film."""

    def part(self, chosen: NDArray[np.bool_]) -> "Answered":
        """Of some of the films."""
        return Answered(self.value[chosen], self.half[chosen], self.accepted[chosen])


@dataclass(frozen=True)
class Served:
    """A stage in a model store."""

    problem: Problem
    store: Path
    config: dict[str, Any]
    """The stage section of its model-config.yaml."""

    @property
    def folder(self) -> Path:
        """Of its weights and configuration."""
        return self.store / self.problem.name

    @property
    def identity(self) -> dict[str, str]:
        """Its version, and the digests of its weights and of its configuration, which holds what it was taught."""
        files = {"weights": self.folder / WEIGHTS, "configuration": self.folder / CONFIG}
        digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
        return {"version": str(self.config["version"]), **digests}

    @property
    def numbers(self) -> Floats:
        """Those that can be answered, the lowest first."""
        return scale(self.config)

    @cached_property
    def network(self) -> runtime.Network:
        """As it is served; loaded once."""
        return as_served(stages.source(self.problem.name, self.folder, self.config))

    def answers(self, films: Measured) -> Answered:
        """As it is served, but for the rounding."""
        said = ask(self.network, films.pixels)
        values, spreads = said.answers(self.config)
        halves = spreads * np.array([self.config["interval"][group] for group in self.config["groups"]])
        own = np.arange(len(films.groups)), films.groups
        gate = self.config["gate"]
        return Answered(values[own], halves[own], in_distribution(said.gate, gate) >= gate["threshold"])


def read_served(problem: Problem, store: Path) -> Served:
    """From a model store.

    Raises:
        LearningError: the stage is not in it.
    """
    folder = store / problem.name
    try:
        config = yaml.safe_load((folder / CONFIG).read_text())["stage"]
        if not (folder / WEIGHTS).is_file():
            raise FileNotFoundError(f"{folder / WEIGHTS} is missing")
    except (OSError, ValueError, KeyError) as error:
        raise LearningError(f"{store} has no stage {problem.name} that can be taught: {error}") from error
    return Served(problem, store, config)

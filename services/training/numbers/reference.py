"""What a number's stage says of a sample of its training films, for the gateway to compare with what it is sent."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from cxr.number import in_distribution
from cxr.stage import source
from imaging import grey
from imaging.reference import Bins, Reference
from training.crops import as_served
from training.numbers.asking import ask
from training.numbers.course import asked
from training.numbers.films import Measured, read
from training.reference import REFERENCE_FILMS, identity
from vocabulary.problems.problem import Problem

Values = dict[str, list[float]]
"""Quantity to its value of each film that has one."""


def make(problem: Problem, index: Path, store: Path, films: int = REFERENCE_FILMS, seed: int = 1) -> Reference:
    """The reference of a random sample of the training split's films, at most as many as given.

    Grey levels are of the square that the stage is sent, as the gateway's are: a film from a detector has a thousand
    times the pixels of one that was learned from, and noise that these have not.

    Args:
        problem: whose answer is a number.
        index: its index.csv.
        store: the model store, whose stage answers as it is served.
        films: the sample's size.
        seed: of the sample.

    Raises:
        DataError: the index or a film of it cannot be read.
    """
    folder, sample = store / problem.name, _sample(read(problem, index), films, seed)
    scores, image = quantities(problem, folder, sample)
    about = {
        "command": f"python -m training reference --problem {problem.name} --data index.csv "
        f"--films {films} --seed {seed}",
        "films": len(sample.names),
        "sample": f"films of the problem {problem.name}, of the training split, at random",
        "data_sha256": sample.digest,
        "stages": {problem.name: identity(folder, _config(folder))},
    }
    return Reference(about, *({name: Bins.of(each) for name, each in known.items()} for known in (scores, image)))


def quantities(problem: Problem, folder: Path, films: Measured) -> tuple[Values, Values]:
    """What is compared of films: by quantity what their stage says of each, and their grey levels.

    A film's number is that of its own person's group; one that the stage refuses has none.

    Args:
        problem: whose answer is a number.
        folder: of its stage in the model store.
        films: as the stage is sent them.
    """
    config = _config(folder)
    said = ask(as_served(source(problem.name, folder, config)), films.pixels)
    values: NDArray[np.float64] = said.answers(config)[0]
    own = values[np.arange(len(values)), films.groups]
    known = in_distribution(said.gate, config["gate"])
    answered = own[known >= config["gate"]["threshold"]]
    scores = {asked(problem).unit: answered, "in_distribution": known, "nearness": said.gate[:, 0]}
    levels = [grey.levels(film) for film in films.pixels]
    image = {name: [each[name] for each in levels] for name in grey.LEVELS}
    return {name: each.tolist() for name, each in scores.items()}, image


def _config(folder: Path) -> dict[str, Any]:
    """The stage section of its model-config.yaml."""
    stage: dict[str, Any] = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
    return stage


def _sample(films: Measured, count: int, seed: int) -> Measured:
    rows = films.split("train")
    chosen = np.random.default_rng(seed).choice(rows, min(count, len(rows)), replace=False)
    return films.part(np.sort(chosen))

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
from training.numbers.asking import Said, ask
from training.numbers.course import asked
from training.numbers.films import Measured, read
from training.reference import REFERENCE_FILMS, identity
from vocabulary.problems.problem import Problem


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
    config = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
    said = ask(as_served(source(problem.name, folder, config)), sample.pixels)
    about = {
        "command": f"python -m training reference --problem {problem.name} --data index.csv "
        f"--films {films} --seed {seed}",
        "films": len(sample.names),
        "sample": f"films of the problem {problem.name}, of the training split, at random",
        "data_sha256": sample.digest,
        "stages": {problem.name: identity(folder, config)},
    }
    levels = [grey.levels(film) for film in sample.pixels]
    image = {name: Bins.of([each[name] for each in levels]) for name in grey.LEVELS}
    return Reference(about, _scores(problem, config, sample, said), image)


def _sample(films: Measured, count: int, seed: int) -> Measured:
    rows = films.split("train")
    chosen = np.random.default_rng(seed).choice(rows, min(count, len(rows)), replace=False)
    return films.part(np.sort(chosen))


def _scores(problem: Problem, config: dict[str, Any], films: Measured, said: Said) -> dict[str, Bins]:
    """Each film's number is that of its own person's group; those that the stage refuses have none."""
    values: NDArray[np.float64] = said.answers(config)[0]
    own = values[np.arange(len(values)), films.groups]
    known = in_distribution(said.gate, config["gate"])
    answered = own[known >= config["gate"]["threshold"]]
    found = {asked(problem).unit: answered, "in_distribution": known, "nearness": said.gate[:, 0]}
    return {name: Bins.of(each.tolist()) for name, each in found.items()}

"""The reference of drawn films, by stages that answer as the test says."""

from pathlib import Path
from typing import cast

import numpy as np

from cxr.radiograph import Pixels
from imaging.grey import LEVELS
from training.films import read_index
from training.reference import Stages, make


class FakeStages:
    """Refuses every other film, and then knows no classes."""

    def __init__(self) -> None:
        self.about = {"classifier": {"version": "1.0.0", "weights_sha256": "0"}}
        self.asked: list[Pixels] = []

    def scores(self, film: Pixels) -> dict[str, float]:
        self.asked.append(film)
        rest = {"no_pathology": 0.5} if len(self.asked) % 2 else {}
        return {"in_distribution": float(film.mean()), **rest}


def test_reference_is_of_frontal_films_of_the_training_split_only(index: Path) -> None:
    stages, rows = FakeStages(), read_index(index)
    wanted = rows[(rows["split"] == "train") & (rows["kind"] == "cxr") & (rows["view"] != "L")]

    made = make([index], cast(Stages, stages))

    assert len(stages.asked) == made.about["films"] == len(wanted)
    assert made.about["stages"] == stages.about
    assert sum(made.about["datasets"].values()) == len(wanted)
    assert set(made.image) == set(LEVELS)
    assert {name: bins.films for name, bins in made.scores.items()} == {
        "in_distribution": len(wanted),
        "no_pathology": len(wanted) // 2,
    }


def test_a_sample_is_the_same_for_the_same_seed(index: Path) -> None:
    one, again, other = FakeStages(), FakeStages(), FakeStages()

    first = make([index], cast(Stages, one), films=3, seed=1)
    second = make([index], cast(Stages, again), films=3, seed=1)
    make([index], cast(Stages, other), films=3, seed=5)

    assert len(one.asked) == 3
    assert first == second
    assert not all(np.array_equal(a, b) for a, b in zip(one.asked, other.asked, strict=True))

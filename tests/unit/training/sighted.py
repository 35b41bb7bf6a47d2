"""Sights of images that were never drawn: each kind is a cloud of features."""

import numpy as np
import pandas as pd

from training.films import Films
from training.sights import TARGETS, Sights

CHEST, OTHER = [1, 1, 1, 1, 0, 0, 0], [0, -1, -1, 0, 0, 0, 0]


def cloud(random: np.random.Generator, centre: float, count: int) -> np.ndarray:
    return random.normal(centre, 1, (count, 12)).astype(np.float32)


def sights(features: np.ndarray, about: pd.DataFrame) -> Sights:
    return Sights(about, features[:, :1], features[:, :5], features[:, 5:])


def examples(rows: dict[int, float], chest_rows: set[int], each: int = 60) -> Sights:
    """Some examples of each row of an index, around the row's centre; upright frontal films for chest_rows."""
    random = np.random.default_rng(0)
    features = np.concatenate([cloud(random, centre, each) for centre in rows.values()])
    listed = [(row, *(CHEST if row in chest_rows else OTHER)) for row in rows for _ in range(each)]
    return sights(features, pd.DataFrame(listed, columns=["row", *TARGETS]))


def index(*listed: tuple[str, str, str]) -> Films:
    """Films of which only kind, split and patient are known."""
    rows = pd.DataFrame(listed, columns=["kind", "split", "patient_id"]).assign(dataset="covid-chestxray", view="AP")
    return Films(rows, None, None, "")  # type: ignore[arg-type]

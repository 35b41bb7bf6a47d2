"""The classifier within one source and among people who are alike in something: pooled figures can hide a fault."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.chests import Chests
from training.figures import Figure, by_patient
from training.statistics import area_under_curve, calibration_error
from vocabulary.conditions import CLASSES

INTERSTITIAL, OTHER, NOTHING = range(len(CLASSES))

ADULT_SOURCES = ("chexpert", "nih", "siim", "shenzhen", "montgomery")
"""Sources of adults with a test split in which more than one class is found often enough to look at calibration."""

MIN_FILMS = 30
"""Films of a group and of each of its two classes together, below which an AUROC would say nothing."""

PAIRS = {
    "siim": (
        ("typical COVID-19 against negative for pneumonia", INTERSTITIAL, NOTHING),
        ("atypical against negative for pneumonia", OTHER, NOTHING),
        ("typical COVID-19 against atypical", INTERSTITIAL, OTHER),
    ),
    "chexpert": (("no finding against any", NOTHING, OTHER),),
    "nih": (("normal against other", NOTHING, OTHER),),
}
"""What can be asked within one source of adults."""

AGES = {"under 40 years": (0, 40), "40 to 64 years": (40, 65), "65 years and more": (65, 200)}


def figures(chests: Chests, logits: NDArray[np.floating], probabilities: NDArray[np.floating]) -> list[Figure]:
    """All of them, of the classes' logits and probabilities, shape (films, classes)."""
    measured = []
    for name, pairs in PAIRS.items():
        source = (chests.rows["dataset"] == name).to_numpy()
        measured += [pair(chests, logits, what, name, source, these, those) for what, these, those in pairs]
    for label, group in groups(chests.rows):
        both = group & (chests.classes != INTERSTITIAL)
        measured.append(
            pair(chests, logits, "normal against other", f"nih and chexpert, {label}", both, NOTHING, OTHER)
        )
    found = [figure for figure in measured if figure is not None]
    return [*found, *_calibration(chests, probabilities)]


def pair(
    chests: Chests, logits: NDArray[np.floating], what: str, data: str, part: NDArray[np.bool_], these: int, those: int
) -> Figure | None:
    """AUROC of two classes by their odds, whatever the third is thought to be; None with too few films."""
    part = part & np.isin(chests.classes, (these, those))
    truth = (chests.classes[part] == these).astype(np.int64)
    if len(truth) < MIN_FILMS or len(set(truth.tolist())) < 2:
        return None
    odds = logits[part, these] - logits[part, those]
    scores = np.stack([-odds, odds], axis=1)
    rows = chests.rows[part]
    return by_patient(f"AUROC, {what}", data, rows, lambda at: area_under_curve(truth[at], scores[at]))


def groups(rows: pd.DataFrame) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Which films are of whom, among those whose sex, age, view or devices their source tells."""
    of_these = rows["dataset"].isin(["nih", "chexpert"])
    ages = pd.to_numeric(rows.get("age", pd.Series("", rows.index)), errors="coerce")
    sexes = rows.get("sex", pd.Series("", rows.index))
    devices = rows.get("devices", pd.Series("", rows.index))
    for label, sex in (("women", "F"), ("men", "M")):
        yield label, (of_these & (sexes == sex)).to_numpy()
    for label, (low, high) in AGES.items():
        yield label, (of_these & (ages >= low) & (ages < high)).to_numpy()
    for view in ("AP", "PA"):
        yield f"{view} views", (of_these & (rows["view"].str[:2] == view)).to_numpy()
    yield "with support devices", (of_these & (devices == "yes")).to_numpy()


def _calibration(chests: Chests, probabilities: NDArray[np.floating]) -> Iterator[Figure]:
    """Of each source: a pooled error can be small while one hospital's is not."""
    for name in ADULT_SOURCES:
        part = (chests.rows["dataset"] == name).to_numpy()
        if part.sum() >= MIN_FILMS:
            truth, own = chests.classes[part], probabilities[part]
            yield by_patient(
                "expected calibration error",
                name,
                chests.rows[part],
                lambda at, truth=truth, own=own: calibration_error(truth[at], own[at]),  # type: ignore[misc]
                biased=True,
            )

"""The segmenter's calibration on the validation split, and its figures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr.networks import Segmenter
from training.crops import Crops
from training.figures import Figure, by_patient, share
from training.films import Films, frontal
from training.segmenter import dice_of, on_torch, probabilities
from training.settings import SegmenterSettings

REFUSED = 0.002
"""Of the validation split's frontal films, how many each threshold may refuse."""

LENIENCY = 0.9
"""Thresholds are this much lower still: other hospitals' films are further from the training's."""


def calibrate(films: Films, crops: Crops) -> dict[str, Any]:
    """Below which area and quality there are no lungs to speak of."""
    rows = films.rows
    chosen = films.where(frontal(rows) & (rows["split"] == "val"))
    values = {"area_fraction": crops.area, "quality": crops.quality}
    return {
        "thresholds": {
            name: round(LENIENCY * float(np.quantile(value[chosen], REFUSED)), 4) for name, value in values.items()
        }
    }


def figures(network: Segmenter, films: Films, crops: Crops, config: dict[str, Any]) -> list[Figure]:
    """Dice on the test split's masks, and how many films are refused."""
    rows, test = films.rows, films.rows["split"] == "test"
    chosen = films.where(test & (rows["mask"] != ""))
    overlaps = dice_of(films, chosen, probabilities(on_torch(network), films, chosen, SegmenterSettings.side))
    measured = [_dice(films, chosen, overlaps, "all masks")]
    for column in ("mask_convention", "dataset"):
        names = rows[column].iloc[chosen].to_numpy()
        for name in sorted(set(names)):
            measured.append(_dice(films, chosen[names == name], overlaps[names == name], name))
    fronts = films.where(test & frontal(rows))
    limits = config["thresholds"]
    refused = (crops.area[fronts] < limits["area_fraction"]) | (crops.quality[fronts] < limits["quality"])
    return [*measured, share("frontal films refused", "all frontal", refused)]


def _dice(films: Films, chosen: NDArray[np.int64], overlaps: NDArray[np.float64], data: str) -> Figure:
    return by_patient("Dice", data, films, chosen, lambda part: float(overlaps[part].mean()))

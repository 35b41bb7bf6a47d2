"""The segmenter's calibration on the validation split, and its figures on the test split."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import spearmanr
from sklearn.isotonic import IsotonicRegression

from cxr import lungs
from cxr.geometry import Box, Square, sample
from cxr.lungs import LUNG_CONVENTIONS
from cxr.radiograph import Pixels
from cxr.runtime import Network
from training.crops import Crops
from training.figures import Figure, Measured, by_patient, share
from training.films import Films, frontal
from training.lung_boxes import missed_base, overlap, read_lung_boxes
from training.settings import SegmenterSettings

SIDE = SegmenterSettings.side
MAX_REFUSED = 0.002
"""Of the validation split's frontal films, how many each threshold may refuse."""

THRESHOLD_FACTOR = 0.9
"""Thresholds are this much lower still: other hospitals' films are further from the training's."""

DAMAGED_COPIES = 2
"""How often each film is judged again after damage, so that the calibration sees masks that went wrong."""

MAX_KNOTS = 10
"""Points of the calibration's curve at most."""

MISSED_BASE = 0.1
"""Part of the height of a hand-drawn box that may lie below the lungs that are found."""

BAD_DICE = 0.85
"""A Dice below which a mask is called bad, for the figures of quality."""


@dataclass(frozen=True)
class Overlaps:
    """How well masks were found; one entry a film judged."""

    rows: NDArray[np.int64]
    """Of the films."""
    dice: NDArray[np.float64]
    agreement: NDArray[np.float64]
    """See cxr.lungs.agreement."""


def overlaps(network: Network, films: Films, chosen: NDArray[np.int64], damages: int = 0) -> Overlaps:
    """Judge films with masks, each mask by its own convention, after clean-up as in serving.

    Args:
        damages: how often each film is judged again after random damage.
    """
    found = []
    for row in chosen:
        random = np.random.default_rng(int(row))
        film = films.pixels[int(row)]
        for seen in (film, *(damaged(film, random) for _ in range(damages))):
            found.append((row, *_overlap(network, films, int(row), seen)))
    rows, dice, agreed = (np.array(part) for part in zip(*found, strict=True))
    return Overlaps(rows, dice, agreed)


def _overlap(network: Network, films: Films, row: int, film: Pixels) -> tuple[float, float]:
    mask = films.masks[row]
    truth = sample(mask, Square.whole(mask.shape), SIDE) > 127
    own = LUNG_CONVENTIONS.index(films.rows["mask_convention"].iat[row])
    (logits,) = network(sample(film, Square.whole(film.shape), SIDE)[None, None])
    probability = np.asarray(expit(logits[0, own]), np.float32)
    found = lungs.clean(probability)
    dice = 2 * float((found * truth).sum()) / max(1.0, float(found.sum() + truth.sum()))
    return dice, lungs.agreement(probability, found)


def damaged(film: Pixels, random: np.random.Generator) -> Pixels:
    """The film with heavy noise, blur, lost contrast, a blank rectangle or a wrong window: not what training does."""
    kind, (rows, columns) = int(random.integers(5)), film.shape
    values = film.astype(np.float32)
    if kind == 0:
        values += random.normal(0, random.uniform(10, 60), film.shape)
    elif kind == 1:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), random.uniform(2, 10)), np.float32)
    elif kind == 2:
        values = (values - 128) * random.uniform(0.1, 0.5) + random.uniform(40, 220)
    elif kind == 3:
        top, left = (int(size * random.uniform(0, 0.6)) for size in (rows, columns))
        values[top : top + int(0.4 * rows), left : left + int(0.4 * columns)] = random.integers(256)
    else:
        values = np.float32(255) * (values / np.float32(255)) ** np.float32(np.exp(random.uniform(-1.8, 1.8)))
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def calibrate(network: Network, films: Films, crops: Crops) -> dict[str, Any]:
    """Below which area and agreement there are no lungs to speak of, and which Dice an agreement means."""
    rows, val = films.rows, films.rows["split"] == "val"
    chosen = films.where(frontal(rows) & val)
    values = {"area_fraction": crops.area, "agreement": crops.agreement}
    thresholds = {
        name: round(THRESHOLD_FACTOR * float(np.quantile(value[chosen], MAX_REFUSED)), 4)
        for name, value in values.items()
    }
    seen = overlaps(network, films, films.where(val & (rows["mask"] != "")), DAMAGED_COPIES)
    return {"thresholds": thresholds, "quality": _curve(seen)}


def _curve(seen: Overlaps) -> dict[str, list[float]]:
    """Agreement to the Dice to be expected: an isotonic fit, at a few of its points."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(seen.agreement, seen.dice)
    # Evenly by rank, but with the low end as it is: that is where warnings come from.
    knots = np.unique(np.quantile(seen.agreement, np.linspace(0, 1, MAX_KNOTS) ** 2))
    return {
        "agreement": [round(float(knot), 4) for knot in knots],
        "dice": [round(float(value), 4) for value in fitted.predict(knots)],
    }


def figures(network: Network, films: Films, crops: Crops, config: dict[str, Any]) -> Measured:
    """Dice of the masks that were not learned from, what quality says about it, and how many films are refused."""
    rows, test = films.rows, films.rows["split"] == "test"
    masked = rows["mask"] != ""
    seen = overlaps(network, films, films.where(test & masked))
    measured = [_dice(films, seen, "all masks")]
    for column in ("mask_convention", "dataset"):
        names = rows[column].iloc[seen.rows].to_numpy()
        measured += [_dice(films, seen, name, names == name) for name in sorted(set(names))]
    unseen = films.where(masked & (rows["dataset"] == "montgomery"))
    if len(unseen):
        measured.append(_dice(films, overlaps(network, films, unseen), "montgomery, all of it: none was learned from"))
    measured += list(_boxes(films, films.where(test), crops))
    measured += _quality(films, overlaps(network, films, films.where(test & masked), DAMAGED_COPIES), config)
    fronts = films.where(test & frontal(rows))
    limits = config["thresholds"]
    refused = (crops.area[fronts] < limits["area_fraction"]) | (crops.agreement[fronts] < limits["agreement"])
    measured.append(share("frontal films refused", "all frontal", refused))
    return Measured(measured, _cases(films, seen, config))


def _boxes(films: Films, chosen: NDArray[np.int64], crops: Crops) -> Iterator[Figure]:
    """How the box around the lungs fits one drawn by hand, where nobody drew a mask."""
    boxes = read_lung_boxes(films.rows)
    chosen = np.array([row for row in chosen if int(row) in boxes], np.int64)
    if not len(chosen):
        return
    found = [_box(crops.mask(int(row)), films.pixels[int(row)].shape) for row in chosen]
    pairs = [(each, boxes[int(row)]) for each, row in zip(found, chosen, strict=True)]
    fits, missed = (np.array([judge(*pair) for pair in pairs]) for judge in (overlap, missed_base))
    rows = films.rows.iloc[chosen]
    data = "films with a box and no mask"
    yield by_patient("IoU of the box around both lungs with a hand-drawn one", data, rows, lambda p: fits[p].mean())
    name = "share of films with a tenth of the lungs' height missed at the base"
    yield by_patient(name, data, rows, lambda p: float((missed[p] > MISSED_BASE).mean()))


def _box(mask: NDArray[np.uint8], shape: tuple[int, int]) -> Box | None:
    return Box.of(mask).on_film(Square.whole(shape), len(mask), shape) if mask.any() else None


def _quality(films: Films, seen: Overlaps, config: dict[str, Any]) -> list[Figure]:
    quality = np.array([lungs.quality(agreed, config["quality"]) for agreed in seen.agreement])
    rows, data = films.rows.iloc[seen.rows], "all masks, films as they are and damaged"

    def error(part: NDArray[np.int64]) -> float:
        return float(np.abs(quality[part] - seen.dice[part]).mean())

    def varied(part: NDArray[np.int64]) -> bool:
        return bool(np.ptp(quality[part]) and np.ptp(seen.dice[part]))

    def order(part: NDArray[np.int64]) -> float:
        return float(spearmanr(quality[part], seen.dice[part]).statistic) if varied(part) else float("nan")

    measured = [by_patient("mean error of lungs.quality as Dice", data, rows, error)]
    if varied(np.arange(len(quality))):
        measured.append(by_patient("rank correlation of lungs.quality and Dice", data, rows, order))
    for label, part in (
        (f"quality below {BAD_DICE}", quality < BAD_DICE),
        (f"quality of {BAD_DICE} and more", quality >= BAD_DICE),
    ):
        if part.any():
            measured.append(_dice(films, seen, f"damaged films too, {label}", part))
    return measured


def _dice(films: Films, seen: Overlaps, data: str, part: NDArray[np.bool_] | None = None) -> Figure:
    part = np.ones(len(seen.rows), bool) if part is None else part
    dice = seen.dice[part]
    return by_patient("Dice", data, films.rows.iloc[seen.rows[part]], lambda p: float(dice[p].mean()))


def _cases(films: Films, seen: Overlaps, config: dict[str, Any]) -> pd.DataFrame:
    quality = [lungs.quality(agreed, config["quality"]) for agreed in seen.agreement]
    dataset = films.rows["dataset"].iloc[seen.rows].to_numpy()
    return pd.DataFrame({"row": seen.rows, "dataset": dataset, "dice": seen.dice, "quality": quality})

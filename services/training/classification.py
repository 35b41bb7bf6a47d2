"""The classifier's calibration on the validation split, and its figures."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from cxr.geometry import Square, paste
from cxr.networks import Classifier
from training.classifier import classified, classify, targets
from training.crops import Crops
from training.figures import Figure, by_patient
from training.films import CLASSES, Films
from training.settings import ClassifierSettings
from training.statistics import area_under_curve, calibration_error

SIDE = ClassifierSettings.side
Positions = NDArray[np.int64]


def calibrate(network: Classifier, films: Films, crops: Crops) -> dict[str, Any]:
    """The temperature that makes the validation split's classes likeliest. Source: Guo et al. 2017."""
    chosen = classified(films, "val")
    logits = np.concatenate([found for found, _ in classify(network, films, crops, chosen, SIDE)])
    truth = targets(films, chosen)

    def surprise(temperature: float) -> float:
        return -float(log_softmax(logits / temperature, axis=1)[np.arange(len(truth)), truth].mean())

    best = minimize_scalar(surprise, bounds=(0.2, 5.0), method="bounded")
    return {"temperature": round(float(best.x), 4)}


def figures(network: Classifier, films: Films, crops: Crops, config: dict[str, Any]) -> list[Figure]:
    """How well the test split's classes are told apart, pooled and source by source."""
    chosen = classified(films, "test")
    found = classify(network, films, crops, chosen, SIDE)
    probabilities = softmax(np.concatenate([logits for logits, _ in found]) / config["temperature"], axis=1)
    maps = np.concatenate([maps for _, maps in found])
    truth = targets(films, chosen)
    measured = _discrimination(films, chosen, truth, probabilities)
    measured.append(
        by_patient(
            "expected calibration error", "all", films, chosen, lambda p: calibration_error(truth[p], probabilities[p])
        )
    )
    inside = np.array(
        [heat_inside(films, crops, int(row), maps[at, probabilities[at].argmax()]) for at, row in enumerate(chosen)]
    )
    name = "median share of heat inside the lungs"
    return [*measured, by_patient(name, "all", films, chosen, lambda p: float(np.nanmedian(inside[p])))]


def _discrimination(
    films: Films, chosen: Positions, truth: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> list[Figure]:
    def auroc(data: str, part: NDArray[np.bool_], scores: NDArray[np.float64], what: str = "macro AUROC") -> Figure:
        own, values = truth[part], scores[part]
        return by_patient(what, data, films, chosen[part], lambda p: area_under_curve(own[p], values[p]))

    everything = np.ones(len(chosen), bool)
    measured = [auroc("all", everything, probabilities)]
    for index, name in enumerate(CLASSES):
        measured.append(_one_class(films, chosen, truth == index, probabilities[:, index], f"AUROC of {name}"))
    rows = films.rows.iloc[chosen]
    for name in sorted(set(rows["dataset"])):
        part = (rows["dataset"] == name).to_numpy()
        if len(set(truth[part])) > 1:
            measured.append(auroc(name, part, probabilities))
    for view in ("AP", "PA"):
        part = ((rows["dataset"] == "nih") & (rows["view"].str[:2] == view)).to_numpy()
        if len(set(truth[part])) > 1:
            measured.append(auroc(f"nih, {view} views", part, probabilities))
    right = probabilities.argmax(axis=1) == truth
    measured.append(by_patient("accuracy", "all", films, chosen, lambda p: float(right[p].mean())))
    name = "macro AUROC of the source's name alone (what confounding gives)"
    return [*measured, auroc("all", everything, source_alone(films, chosen), name)]


def _one_class(
    films: Films, chosen: Positions, truth: NDArray[np.bool_], scores: NDArray[np.float64], what: str
) -> Figure:
    both = np.stack([-scores, scores], axis=1)
    return by_patient(what, "all", films, chosen, lambda p: area_under_curve(truth[p].astype(np.int64), both[p]))


def source_alone(films: Films, chosen: Positions) -> NDArray[np.float64]:
    """Each class's share in the film's source in the train split: a guess that looks at no pixel."""
    train = classified(films, "train")
    sources, classes = films.rows["dataset"].iloc[train].to_numpy(), targets(films, train)
    shares = {name: np.bincount(classes[sources == name], minlength=len(CLASSES)) for name in set(sources)}
    return np.stack([shares[name] / shares[name].sum() for name in films.rows["dataset"].iloc[chosen]])


def heat_inside(films: Films, crops: Crops, row: int, activation: NDArray[np.float32]) -> float:
    """The share of a class activation map's positive part that lies on the lungs; not a number if it has none.

    Args:
        activation: shape (cells, cells), covers the film's crop.
    """
    film = films.pixels[row]
    shape = (film.shape[0], film.shape[1])
    heat = cv2.resize(np.maximum(activation, 0), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    heat = paste(np.asarray(heat, np.float32), crops.square(row, film), shape)
    lungs = paste(crops.mask(row).astype(np.float32), Square.whole(shape), shape) > 0.5
    total = float(heat.sum())
    return float(heat[lungs].sum()) / total if total > 0 else float("nan")

"""The classifier's calibration on the validation split, and its figures on the test split."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax

from cxr.runtime import Network
from training import certainty, groups, reported
from training.answers import Answers, ask
from training.chests import Chests
from training.figures import Figure, Measured, by_patient
from training.robustness import CHANGES, Change, blanked
from training.statistics import area_under_curve, calibration_error, operating_point
from vocabulary.conditions import CLASSES

WANTED_SENSITIVITY = 0.9
"""A class's operating point is the highest threshold that finds this share of the validation split's films of it."""

OTHER, NOTHING = CLASSES.index("other_pathology"), CLASSES.index("no_pathology")

Positions = NDArray[np.int64]


def calibrate(network: Network, side: int, unseen: Chests, held_out: Chests) -> dict[str, Any]:
    """Temperature, operating points and findings' scales from the validation split; which findings are good enough.

    Args:
        side: pixels of the crop that the network is shown.
        unseen: the validation split.
        held_out: the validation and the test split.

    Source:
        The temperature makes the validation split's classes likeliest: Guo et al. 2017. Findings: Platt 1999.
    """
    answers, truth = ask(network, side, unseen), unseen.classes

    def surprise(temperature: float) -> float:
        return -float(log_softmax(answers.classes / temperature, axis=1)[np.arange(len(truth)), truth].mean())

    temperature = round(float(minimize_scalar(surprise, bounds=(0.2, 5.0), method="bounded").x), 4)
    probabilities = softmax(answers.classes / temperature, axis=1)
    points = {
        name: operating_point(probabilities[truth == index, index], WANTED_SENSITIVITY)
        for index, name in enumerate(CLASSES)
        if (truth == index).any()
    }
    held, names = ask(network, side, held_out), held_out.films.sought.names
    learned_here = (held_out.rows["split"] == "val").to_numpy()
    return {
        "temperature": temperature,
        "operating_points": points,
        "findings": reported.scales(held.findings, held_out.findings, learned_here, held_out.rows, names),
    }


def figures(
    network: Network,
    tested: Chests,
    held_out: Chests,
    trained: Chests,
    config: dict[str, Any],
    changes: Mapping[str, Change] = CHANGES,
) -> Measured:
    """How well the test split's classes are told apart, by source, and how much of that survives changes.

    Args:
        held_out: the validation and the test split, whose findings are judged together: there are few of some.
        trained: the train split.
    """
    answers = ask(network, side := config["side"], tested)
    probabilities = softmax(answers.classes / config["temperature"], axis=1)
    truth = tested.classes
    measured = [*_discrimination(tested, probabilities), *_operating(tested, probabilities, config)]
    name = "macro AUROC of the source's name alone (what confounding gives)"
    measured.append(auroc(tested, source_alone(tested, trained), name))
    lone = ask(network, side, tested, blanked)
    measured.append(auroc(tested, lone.classes, "macro AUROC with the lungs painted over (shortcuts; chance is 0.5)"))
    error = by_patient(
        "expected calibration error",
        "all",
        tested.rows,
        lambda p: calibration_error(truth[p], probabilities[p]),
        biased=True,
    )
    heat = by_patient(
        "median share of heat inside the lungs",
        "all",
        tested.rows,
        lambda p: float(np.nanmedian(answers.heat_in_lungs[p])),
    )
    held, names = ask(network, side, held_out), held_out.films.sought.names
    told = reported.told(held.findings, held_out.findings, held_out.rows, names)
    measured += [error, heat, *(figure for figure, _ in told)]
    measured += groups.figures(tested, answers.classes, probabilities)
    measured += certainty.figures(tested, probabilities, config["operating_points"])
    measured += [_drop(tested, answers, ask(network, side, tested, change), name) for name, change in changes.items()]
    return Measured(measured, _cases(tested, probabilities, answers))


def _discrimination(tested: Chests, probabilities: NDArray[np.float64]) -> list[Figure]:
    truth, rows = tested.classes, tested.rows
    measured = [auroc(tested, probabilities, "macro AUROC")]
    for index, name in enumerate(CLASSES):
        measured.append(_one_class(tested, truth == index, probabilities[:, index], f"AUROC of {name}"))
    for name in sorted(set(rows["dataset"])):
        part = (rows["dataset"] == name).to_numpy()
        if len(set(truth[part])) > 1:
            measured.append(auroc(tested, probabilities, "macro AUROC", name, part))
    measured += within_views(tested, np.log(probabilities + 1e-9))
    right = probabilities.argmax(axis=1) == truth
    return [*measured, by_patient("accuracy", "all", rows, lambda p: float(right[p].mean()))]


def _operating(tested: Chests, probabilities: NDArray[np.float64], config: dict[str, Any]) -> list[Figure]:
    measured = []
    for index, name in enumerate(CLASSES):
        own, point = tested.classes == index, config["operating_points"].get(name)
        if point is None or not own.any():
            continue
        above = probabilities[:, index] >= point
        for what, part, right in (("sensitivity", own, above), ("specificity", ~own, ~above)):
            measured.append(_mean(f"{what} for {name} at {point:.3f}", tested.rows[part], right[part]))
    return measured


def _mean(what: str, rows: pd.DataFrame, right: NDArray[np.bool_]) -> Figure:
    return by_patient(what, "all", rows, lambda p: float(right[p].mean()))


def _drop(tested: Chests, plain: Answers, changed: Answers, name: str) -> Figure:
    truth = tested.classes

    def drop(part: Positions) -> float:
        return area_under_curve(truth[part], plain.classes[part]) - area_under_curve(truth[part], changed.classes[part])

    return by_patient("drop of macro AUROC", name, tested.rows, drop)


def within_views(chests: Chests, logits: NDArray[Any], suffix: str = "") -> list[Figure]:
    """Normal against other in NIH's films of one view: there the view tells nothing about the class."""
    measured = []
    for view in ("AP", "PA"):
        part = ((chests.rows["dataset"] == "nih") & (chests.rows["view"].str[:2] == view)).to_numpy()
        if len(set(chests.classes[part])) > 1:
            scores = normal_or_other(logits)
            measured.append(auroc(chests, scores, "AUROC, normal against other", f"nih, {view} views{suffix}", part))
    return measured


def normal_or_other(logits: NDArray[Any]) -> NDArray[Any]:
    """Scores (films, classes) where only these two may be: their odds, whatever the third class is thought to be."""
    odds = logits[:, NOTHING] - logits[:, OTHER]
    return np.stack([np.zeros_like(odds), -odds, odds], axis=1)


def auroc(
    chests: Chests, scores: NDArray[Any], what: str, data: str = "all", part: NDArray[np.bool_] | None = None
) -> Figure:
    """Macro AUROC of some of the films, by their classes; scores of shape (films, classes)."""
    part = np.ones(len(chests), bool) if part is None else part
    own, values = chests.classes[part], scores[part]
    return by_patient(what, data, chests.rows[part], lambda p: area_under_curve(own[p], values[p]))


def _one_class(tested: Chests, truth: NDArray[np.bool_], scores: NDArray[np.float64], what: str) -> Figure:
    both = np.stack([-scores, scores], axis=1)
    return by_patient(what, "all", tested.rows, lambda p: area_under_curve(truth[p].astype(np.int64), both[p]))


def source_alone(tested: Chests, trained: Chests) -> NDArray[np.float64]:
    """Each class's share in the film's source in the train split: a guess that looks at no pixel."""
    sources = trained.rows["dataset"].to_numpy()
    counts = {
        name: np.bincount(trained.classes[sources == name], minlength=len(CLASSES)) for name in sorted(set(sources))
    }
    return np.stack([counts[name] / counts[name].sum() for name in tested.rows["dataset"]])


def _cases(tested: Chests, probabilities: NDArray[np.float64], answers: Answers) -> pd.DataFrame:
    cases = pd.DataFrame({"row": tested.chosen, "dataset": tested.rows["dataset"], "view": tested.rows["view"]})
    cases["truth"] = [CLASSES[index] for index in tested.classes]
    for index, name in enumerate(CLASSES):
        cases[f"p_{name}"] = probabilities[:, index]
    cases["heat_in_lungs"] = answers.heat_in_lungs
    for index, name in enumerate(tested.films.sought.names):
        cases[f"finding_{name}"] = expit(answers.findings[:, index])
        cases[f"known_{name}"] = tested.findings[:, index]
    return cases

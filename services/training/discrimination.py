"""The discriminator's heads and calibration, and its figures as served."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from cxr import gate
from cxr.networks import Discriminator
from training import sights, strangers
from training.calibration import fit_mix, mixed, thresholds
from training.figures import Figure, Measured, by_patient, share
from training.films import Films
from training.heads import fit_opinion, logits
from training.judged import DOUBTFUL, Judged, Truths
from training.settings import DiscriminatorSettings
from training.statistics import area_under_curve

SETTINGS = DiscriminatorSettings()

FALSE_REFUSALS = 0.01
"""Share of the test split's frontal films at whose refusal detection is compared."""


def complete(
    weights: dict[str, Tensor], films: Films, cache: Path, settings: DiscriminatorSettings = SETTINGS
) -> dict[str, Tensor]:
    """The served weights with heads and distances, fitted on what exactly these weights see.

    Args:
        weights: of the critic and the trunk; those of the opinion are replaced.
        films: whose training split may be learned from.
    """
    network = Discriminator()
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    opinion = fit_opinion(sights.examples(films, network.eval(), cache, settings))
    fitted = {f"opinion.{name}": value.half().contiguous() for name, value in opinion.state_dict().items()}
    return weights | fitted


def calibrate(
    network: Discriminator, films: Films, cache: Path, settings: DiscriminatorSettings = SETTINGS
) -> dict[str, Any]:
    """How the logits become probabilities, and below which a film is refused."""
    judged = Judged.of(films, sights.served(films, network, cache, settings))
    found, val = logits(network.opinion, judged.sights), judged.split("val")
    plain = found[val & judged.fronts & judged.plain]
    mix = fit_mix(plain, found[val & judged.fronts & ~judged.plain], found[val & judged.others])
    config: dict[str, Any] = {"in_distribution": mix, "scale": {"frontal": 1.0, "positive": 1.0, "upright": 1.0}}
    return config | {"thresholds": thresholds(plain, config)}


def figures(
    network: Discriminator,
    films: Films,
    config: dict[str, Any],
    cache: Path,
    settings: DiscriminatorSettings = SETTINGS,
) -> Measured:
    """What the stage refuses on the test split, and what it would do with strangers."""
    judged = Judged.of(films, sights.served(films, network, cache, settings))
    measured = served(network, judged, config)
    examples = sights.examples(films, network, cache, settings)
    measured.figures.extend(strangers.figures(films, judged, examples, network.opinion))
    return measured


def served(network: Discriminator, judged: Judged, config: dict[str, Any]) -> Measured:
    """What the stage refuses on the test split, decided as in serving."""
    found = logits(network.opinion, judged.sights)
    refusals = np.array([gate.judge(film, config).refusal for film in found])
    score = mixed(found, config["in_distribution"])
    measured = [
        *_wrongly(judged, refusals),
        *_far(judged, score),
        *_refused(judged, refusals),
        *_views(judged, refusals),
    ]
    return Measured(measured, _cases(judged, score, refusals))


def _wrongly(judged: Judged, refusals: NDArray[np.str_]) -> list[Figure]:
    fronts = judged.split("test") & judged.fronts & judged.plain
    return _shares("frontal films refused", "all frontal", judged.rows["dataset"], fronts, refusals != "")


def _far(judged: Judged, score: NDArray[np.float64]) -> list[Figure]:
    test = judged.split("test")
    fronts, others = test & judged.fronts & judged.plain, test & judged.others
    within = fronts | others

    def area(part: NDArray[np.int64]) -> float:
        truth = fronts[within][part].astype(np.int64)
        return area_under_curve(truth, np.stack([-score[within][part], score[within][part]], axis=1))

    detected = score < np.quantile(score[fronts], FALSE_REFUSALS)
    what = "found at 1 % false refusals"
    return [
        by_patient("far out of distribution: AUROC", "all", judged.rows[within], area),
        *_shares(what, "all far out of distribution", judged.rows["kind"], others, detected),
    ]


def _refused(judged: Judged, refusals: NDArray[np.str_]) -> list[Figure]:
    test, doubtful = judged.split("test"), (judged.rows["kind"] == DOUBTFUL).to_numpy()
    what = "not chest films refused"
    measured = _shares(what, "all", judged.rows["kind"], test & judged.others, refusals != "")
    if doubtful.any():
        label = f"{DOUBTFUL}, any split: some show a chest"
        measured.append(share(what, label, refusals[doubtful] != ""))
    return measured


def _views(judged: Judged, refusals: NDArray[np.str_]) -> list[Figure]:
    rows, measured = judged.rows, []
    for split in ("test", "val", "train"):
        laterals = judged.split(split) & judged.laterals
        names = rows["dataset"] + f", {split} split"
        if laterals.any():
            measured += _shares("lateral views refused", f"{split} split", names, laterals, refusals != "")
            measured += _shares("lateral views named so", f"{split} split", names, laterals, refusals == "lateral_view")
    fronts = judged.split("test") & judged.fronts
    for turns in (1, 2, 3):
        part, data = refusals[fronts & (rows["turns"] == turns).to_numpy()], f"all frontal, by {90 * turns} degrees"
        measured += [share("rotated films named so", data, part == "rotated")]
    part = refusals[(rows["kind"] == "cxr-rotated").to_numpy() & ~judged.split("train")]
    if len(part):
        measured.append(share("rotated films named so", "nih-rotated, test and val splits", part == "rotated"))
    part = refusals[fronts & rows["inverted"].to_numpy()]
    return [*measured, share("inverted films named so", "all frontal, inverted", part == "inverted")]


def _shares(what: str, whole: str, names: "pd.Series[str]", part: Truths, right: Truths) -> list[Figure]:
    """Of the images in part: how often something is right, of all and by name."""
    measured = [share(what, whole, right[part])]
    for name in sorted(set(names[part])):
        measured.append(share(what, name, right[part & (names == name).to_numpy()]))
    return measured


def _cases(judged: Judged, score: NDArray[np.float64], refusals: NDArray[np.str_]) -> pd.DataFrame:
    rows = judged.rows
    turned = (rows["turns"] > 0) | (rows["kind"] == "cxr-rotated")
    due = np.select(
        [judged.others, rows["inverted"], turned, judged.laterals],
        ["not_a_chest_radiograph", "inverted", "rotated", "lateral_view"],
        "",
    )
    test = judged.split("test") & (rows["kind"] != DOUBTFUL).to_numpy()
    columns = rows.loc[test, ["dataset", "kind"]].reset_index(drop=True)
    return columns.assign(
        row=judged.sights.about["row"][test].to_numpy(),
        in_distribution=expit(score[test]),
        expected=due[test],
        refusal=refusals[test],
    )

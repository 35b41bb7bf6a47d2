"""Single findings: how well each is told on films that nobody learned from, and so which of them are reported."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

from training.figures import Figure, by_patient
from training.findings import TRAINED_FINDINGS, UNKNOWN

MIN_AUROC = 0.70
"""A finding is reported only if the lower end of its AUROC's interval is above this."""

MIN_PRESENT = 8
"""Films with a finding, below which its AUROC would say nothing."""

HELD_OUT = "adults, validation and test split, within source and view"

Truths = NDArray[np.int64]
"""Of one finding: 1, 0 or UNKNOWN for each film."""


def scales(
    logits: NDArray[np.floating],
    truths: Truths,
    learned_here: NDArray[np.bool_],
    rows: pd.DataFrame,
    names: Sequence[str] = TRAINED_FINDINGS,
) -> dict[str, dict[str, float]]:
    """Scale and bias of each finding that is told well enough, from the validation split.

    Args:
        logits: of findings, shape (films, names), of the validation and the test split.
        truths: same shape.
        learned_here: which films are of the validation split.
        rows: of the films.
        names: of the findings.

    Source:
        Platt 1999: a logistic regression on the logit.
    """
    reported = {}
    for figure, index in told(logits, truths, rows, names):
        known = learned_here & (truths[:, index] != UNKNOWN)
        present = truths[known, index]
        if (
            figure.ci95[0] <= MIN_AUROC
            or len(set(present.tolist())) < 2
            or not told_from_others(truths[:, index], rows)
        ):
            continue
        fitted = LogisticRegression().fit(logits[known, index, None], present)
        scale, bias = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
        reported[names[index]] = {"scale": round(scale, 4), "bias": round(bias, 4)}
    return reported


def told_from_others(truths: Truths, rows: pd.DataFrame) -> bool:
    """Whether enough films without the finding show another pathology: else the finding may be any pathology at all."""
    others = (truths == 0) & (rows["three_class"] == "other_pathology").to_numpy()
    return int(others.sum()) >= MIN_PRESENT


def told(
    logits: NDArray[np.floating], truths: Truths, rows: pd.DataFrame, names: Sequence[str] = TRAINED_FINDINGS
) -> Iterator[tuple[Figure, int]]:
    """The AUROC of each finding that enough adults have, and its place."""
    adults = (rows["dataset"] != "kermany").to_numpy()
    places = strata(rows)
    for index, name in enumerate(names):
        known = adults & (truths[:, index] != UNKNOWN)
        truth, scores, where = truths[known, index], logits[known, index], places[known]
        if (truth == 1).sum() < MIN_PRESENT or np.isnan(within(truth, scores, where)):
            continue
        what = f"AUROC of the finding {name}"
        yield (
            by_patient(
                what,
                HELD_OUT,
                rows[known],
                lambda at, truth=truth, scores=scores, where=where: within(truth[at], scores[at], where[at]),  # type: ignore[misc]
            ),
            index,
        )


def strata(rows: pd.DataFrame) -> NDArray[np.str_]:
    """The source of each film, and its view where views differ in what they show."""
    views = rows["view"].str[:2].where(rows["dataset"].isin(["nih", "chexpert"]), "")
    return (rows["dataset"] + " " + views).to_numpy(str)


def within(truth: Truths, scores: NDArray[np.floating], places: NDArray[np.str_]) -> float:
    """How often a film with the finding scores above one without it of the same place; not a number without such pairs.

    Source:
        The Mann-Whitney statistic, summed over strata: a source or a view that tells the finding gains nothing.
    """
    above, pairs = 0.0, 0
    for place in np.unique(places):
        here = places == place
        positive = truth[here] == 1
        count, rest = int(positive.sum()), int((~positive).sum())
        if count and rest:
            above += float(rankdata(scores[here])[positive].sum()) - count * (count + 1) / 2
            pairs += count * rest
    return above / pairs if pairs else float("nan")

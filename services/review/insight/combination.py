"""The model alone, the reader alone, and both together, against what independent readers say."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from review.insight import areas
from review.insight.estimates import MIN_OF_CLASS, Draws, Estimate, Values
from review.insight.readings import PROBABILITIES
from review.languages.texts import gettext as _
from review.languages.texts import gettext_noop
from review.words import named
from vocabulary.conditions import CLASSES, LABELS

FOLDS = 5

SURENESS = {"sure": 3.0, "probable": 2.0, "unsure": 1.0}
"""How far a label counts; one whose reader does not say how sure they are counts as probable."""

MIN_PROBABILITY = 1e-4
"""Below, a logarithm tells nothing but how a network rounds."""

WHO = gettext_noop("model alone"), gettext_noop("reader alone"), gettext_noop("both together")
MORE = gettext_noop("more than model alone"), gettext_noop("more than reader alone")
"""In English, as their IDs."""

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Judged:
    """One way to decide."""

    who: str
    """One of WHO or MORE."""
    accuracy: Estimate
    area: Estimate


@dataclass(frozen=True)
class Combination:
    """All of them, on the same readings."""

    n: int
    patients: int
    left_out: int
    """Readings of films that the reference calls no chest film: the model has no such class."""
    counts: dict[str, int]
    """Patients of each class of the reference."""
    judged: list[Judged]
    gains: list[Judged]
    """What both together have more than either alone, with the interval of the difference."""
    why: str
    """There are no figures, for a person; empty where there are."""


def combine(pairs: pd.DataFrame, why: str = "") -> Combination:
    """Judge.

    Args:
        pairs: blind readings, with the columns reference: what is taken to be true of the film, and weight.
        why: there can be no figures.
    """
    known = pairs[pairs["reference"].isin(CLASSES)]
    by_class = known.groupby("reference")["patient"].nunique()
    counts = {name: int(by_class.get(name, 0)) for name in CLASSES}
    draws = Draws(known["patient"].to_numpy())
    why = _too_few(draws, counts) or why
    judged, gains = ([], []) if why else _judge(known, draws)
    return Combination(len(known), draws.patients, len(pairs) - len(known), counts, judged, gains, why)


def _too_few(draws: Draws, counts: dict[str, int]) -> str:
    if not draws.enough:
        return _("too few to say: %(n)s readings of %(patients)s patients", n=draws.n, patients=draws.patients)
    rare = [
        _("%(count)s of %(name)s", count=count, name=named(name).lower())
        for name, count in counts.items()
        if count < MIN_OF_CLASS
    ]
    return _("too few to say: patients, %(rare)s", rare=", ".join(rare)) if rare else ""


def _judge(known: pd.DataFrame, draws: Draws) -> tuple[list[Judged], list[Judged]]:
    truth = np.array([CLASSES.index(name) for name in known["reference"]], np.int64)
    model = known[PROBABILITIES].to_numpy(np.float64)
    weights = known["weight"].to_numpy(np.float64)
    weights = weights / weights.mean()
    said, how_sure = _said(known)
    together = _cross_validated(_features(said, how_sure, model), truth, weights, draws.codes)
    reader = np.where(said[:, : len(CLASSES)] > 0, how_sure[:, None], -how_sure[:, None])
    decided = [model.argmax(axis=1), said.argmax(axis=1), together.argmax(axis=1)]
    right = [each == truth for each in decided]
    area = [areas.macro(draws, truth, scores, weights) for scores in (model, reader, together)]
    judged = [
        Judged(who, draws.share(right[at], weights), draws.interval(*area[at])) for at, who in enumerate(WHO)
    ]  # fmt: skip
    gains = [
        Judged(
            MORE[at],
            draws.mean(right[2].astype(np.float64) - right[at], weights),
            draws.interval(area[2][0] - area[at][0], area[2][1] - area[at][1]),
        )
        for at in (0, 1)
    ]
    return judged, gains


def _said(readings: pd.DataFrame) -> tuple[Values, Values]:
    """Labels, one-hot, shape (n, labels); how sure, shape (n,)."""
    codes = [LABELS.index(label) for label in readings["label"]]
    how_sure = readings["sureness"].map(SURENESS).fillna(SURENESS["probable"])
    return np.eye(len(LABELS))[codes], np.asarray(how_sure, np.float64)


def _features(said: Values, how_sure: Values, model: Values) -> Values:
    weighed = said * (how_sure[:, None] - SURENESS["probable"])
    return np.hstack([said, weighed, np.log(np.maximum(model, MIN_PROBABILITY))])


def _cross_validated(features: Values, truth: Codes, weights: Values, patients: Codes) -> Values:
    """Probabilities, shape (n, classes), each from a regression that has seen no film of the patient."""
    found = np.zeros((len(truth), len(CLASSES)))
    fold = _folds(truth, patients)[patients]
    for each in range(FOLDS):
        new, old = np.flatnonzero(fold == each), fold != each
        # C is 1, the library's: L2 with a unit normal prior on coefficients of standardised features.
        regression = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
        regression.fit(features[old], truth[old], logisticregression__sample_weight=weights[old])
        found[np.ix_(new, regression.classes_)] = regression.predict_proba(features[new])
    return found


def _folds(truth: Codes, patients: Codes) -> Codes:
    """The fold of each patient: by chance, but each class is spread over all folds.

    scikit-learn's StratifiedGroupKFold does the same with a loop over patients, which takes a second for 5,000.
    """
    number = int(patients.max()) + 1
    kind = np.zeros(number, np.int64)
    kind[patients] = truth
    fold = np.zeros(number, np.int64)
    fold[np.lexsort((np.random.default_rng(0).random(number), kind))] = np.arange(number) % FOLDS
    return fold

"""How the discriminator does on what it was never shown: kinds of images left out, lateral views, parts of itself.

Neither the critic nor the trunk was trained on what is left out here, so only the heads and the calibration are fitted
anew; but the critic did see frontal films of some patients whose lateral views are judged.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr.critic import Opinion
from cxr.gate import DISCRIMINATOR_OUTPUTS, EVIDENCE
from training.calibration import fit_mix, mixed
from training.figures import Figure, by_patient
from training.films import Films, beside_laterals
from training.heads import BODIES, fit_opinion, logits
from training.judged import DOUBTFUL, Judged, Truths, kinds_of
from training.sights import Sights
from training.statistics import area_under_curve

FOLDS = 5

Scores = dict[str, NDArray[np.float64]]
"""A score for each image by each method; higher is likelier a chest film."""

SERVED = "all, as served"
METHODS = {
    "the critic's logit": ("real",),
    "distance of the critic's features": ("near_seen",),
    "distance of the trunk's features": ("near_known",),
    "both distances": ("near_seen", "near_known"),
    "head on the trunk's features": ("chest",),
    "head on both": ("chest",),
    "head and distance, the trunk's features alone": ("near_known", "chest"),
    SERVED: EVIDENCE,
}
"""What the ablation compares, and the evidence that each takes. Distances alone are added without a fit."""


@dataclass(frozen=True)
class Study:
    """What every figure here is made from."""

    judged: Judged
    examples: Sights
    kinds: NDArray[np.str_]
    """Of the examples."""

    distances: Opinion
    """Whose distances are used: they were fitted on frontal films alone, whatever is left out."""


def figures(films: Films, judged: Judged, examples: Sights, opinion: Opinion) -> list[Figure]:
    """All figures of strangers; opinion is the served one."""
    study = Study(judged, examples, kinds_of(films, examples), opinion)
    return [*left_out(study), *lateral(films, study)]


def left_out(study: Study) -> list[Figure]:
    """AUROC of each kind of image by heads and calibration that never saw it, and what each method reaches."""
    judged = study.judged
    kinds = judged.rows["kind"].to_numpy(str)
    fronts = judged.split("test") & judged.fronts & judged.plain
    whole = scores(study, "")
    reached: dict[str, list[float]] = {name: [] for name in METHODS}
    measured, alone = [], []
    for stranger in sorted(set(judged.kin[judged.others])):
        found = scores(study, stranger)
        for kind in sorted(set(kinds[judged.kin == stranger])):
            part = kinds == kind
            for name in METHODS:
                reached[name].append(_area(found[name], fronts, part))
            alone.append(_auroc("left out of training: AUROC", kind, judged, found[SERVED], fronts, part))
    doubtful = kinds == DOUBTFUL
    if doubtful.any():
        label = f"{DOUBTFUL}, never in training; some show a chest"
        alone.append(_auroc("left out of training: AUROC", label, judged, whole[SERVED], fronts, doubtful))
    for name, score in whole.items():
        others = judged.split("test") & judged.others
        measured.append(_auroc("ablation: AUROC, all kinds in training", name, judged, score, fronts, others))
        measured.append(_spread("ablation: mean AUROC of kinds left out", name, reached[name], np.mean))
        measured.append(_spread("ablation: lowest AUROC of kinds left out", name, reached[name], np.min))
    return alone + measured


def scores(study: Study, stranger: str) -> Scores:
    """Every method's scores, fitted and calibrated without a kind of images and its kin."""
    examples, judged = study.examples.where(study.kinds != stranger), study.judged
    found = {
        bodies: logits(fit_opinion(examples, bodies, study.distances), judged.sights) for bodies in (BODIES, BODIES[1:])
    }
    val = judged.split("val") & (judged.kin != stranger)
    plain, posed = val & judged.fronts & judged.plain, val & judged.fronts & ~judged.plain
    named: Scores = {}
    for name, used in METHODS.items():
        given = found[BODIES[1:] if "trunk" in name else BODIES]
        if "chest" in used:
            mix = fit_mix(given[plain], given[posed], given[val & judged.others], used)
            named[name] = mixed(given, mix)
        else:
            columns = [DISCRIMINATOR_OUTPUTS.index(evidence) for evidence in used]
            named[name] = given[:, columns].sum(axis=1).astype(np.float64)
    return named


def lateral(films: Films, study: Study) -> list[Figure]:
    """AUROC of frontal against lateral views, every film judged by heads that saw no film of its patient."""
    judged = study.judged
    fronts = judged.fronts & judged.plain
    same = fronts & beside_laterals(judged.rows).to_numpy()
    fronts &= judged.split("test") | same
    folds = fold(judged.rows["patient_id"].to_numpy(str), judged.laterals)
    trained = films.rows["patient_id"].to_numpy(str)[np.maximum(study.examples.about["row"].to_numpy(), 0)]
    frontal = np.zeros(len(judged.rows))
    for number in range(FOLDS):
        patients = set(judged.rows["patient_id"][folds == number])
        kept = ~np.isin(trained, list(patients)) | (study.examples.about["chest"] == 0).to_numpy()
        found = logits(fit_opinion(study.examples.where(kept), BODIES, study.distances), judged.sights)
        frontal[folds == number] = found[folds == number, DISCRIMINATOR_OUTPUTS.index("frontal")]
    what, laterals = "frontal against lateral, 5 folds by patient: AUROC", judged.laterals
    measured = []
    for data, part in (("the same source", same), ("the same source and the test split", fronts)):
        if part.any() and laterals.any():
            label = f"all laterals, frontal films of {data}"
            measured.append(_auroc(what, label, judged, frontal, part, laterals))
    return measured


def fold(patients: NDArray[np.str_], laterals: Truths) -> NDArray[np.int64]:
    """A fold for each image by its patient; the patients with lateral views are dealt out evenly."""
    with_laterals = sorted(set(patients[laterals]))
    others = sorted(set(patients) - set(with_laterals))
    random = np.random.default_rng(0)
    dealt = [*random.permutation(with_laterals), *random.permutation(others)]
    numbers = {patient: position % FOLDS for position, patient in enumerate(dealt)}
    return np.array([numbers[patient] for patient in patients], np.int64)


def _area(score: NDArray[np.float64], known: Truths, strange: Truths) -> float:
    within = known | strange
    return area_under_curve(known[within].astype(np.int64), np.stack([-score[within], score[within]], axis=1))


def _auroc(what: str, data: str, judged: Judged, score: NDArray[np.float64], known: Truths, strange: Truths) -> Figure:
    within = np.flatnonzero(known | strange)
    return by_patient(
        what,
        data,
        judged.rows.iloc[within],
        lambda part: _area(score[within[part]], known[within[part]], ~known[within[part]]),
    )


def _spread(what: str, data: str, values: list[float], figure: Callable[[list[float]], np.floating]) -> Figure:
    """A figure of figures; in place of its interval, their lowest and highest."""
    return Figure(what, data, len(values), float(figure(values)), (min(values), max(values)))

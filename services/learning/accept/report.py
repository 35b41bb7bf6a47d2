"""The report of one acceptance run, from what the films show and what the gateway said of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from learning.accept import figures
from learning.accept.asking import Answer
from learning.accept.contents import (
    AREAS,
    CALIBRATION,
    GROUPS,
    LOST,
    POINTS,
    POSSIBLE,
    Calibrating,
    Change,
    Report,
    Threshold,
)
from learning.accept.halves import Calibration, Point, coverage, halve, local_calibration, points
from learning.accept.promise import promised
from learning.accept.site import Counts, Site, apart, count, models_of, site_of, times
from learning.accept.truth import TWO_CLASSES, Truth
from learning.accept.verdict import Verdict, before_figures, decide
from training.figures import Figure


def report(truth: Truth, answers: list[Answer], store: Path, before: Report | None) -> Report:
    """Judge the answers, which are in the order of the films.

    Args:
        truth: what the films show.
        answers: one a film.
        store: the model store with the classifier's card.
        before: an earlier report, to be compared with.

    Raises:
        LearningError: two releases answered, or one with other classes.
    """
    counts, models = count(truth, answers), models_of(answers)
    found: dict[str, list[Figure]] = {LOST: list(figures.lost(counts))}
    verdict, more = before_figures(counts), dict[str, object]()
    if verdict is None:
        site = site_of(truth, answers)
        local, calibration, own = _measured(site)
        found |= own
        area = own[AREAS][0]
        verdict = decide(area, local)
        more = {
            "thresholds": [Threshold(name=each.name, shipped=each.shipped, local=each.local) for each in local],
            "calibration": Calibrating(scale=calibration.scale, shifts=calibration.shifts),
            "promise": promised(area, store, models.get("classifier", "")),
        }
    return _whole(truth, answers, verdict, found, before, models, counts, more)


def _measured(site: Site) -> tuple[list[Point], Calibration, dict[str, list[Figure]]]:
    tuning, judging = halve(site)
    local, calibration = list(points(site, tuning, judging)), local_calibration(site, tuning, judging)
    return (
        local,
        calibration,
        {
            AREAS: list(figures.discrimination(site)),
            POINTS: [figure for point in local for figure in point.figures],
            CALIBRATION: [figures.calibration(site), *calibration.figures],
            POSSIBLE: list(coverage(site, tuning, judging)),
            GROUPS: list(figures.groups(site)),
        },
    )


def _whole(
    truth: Truth,
    answers: list[Answer],
    verdict: Verdict,
    found: dict[str, list[Figure]],
    before: Report | None,
    models: dict[str, str],
    counts: Counts,
    more: dict[str, object],
) -> Report:
    return Report.model_validate(
        {
            "made": datetime.now(UTC),
            "models": models,
            "labels": truth.names,
            "counts": counts,
            "verdict": verdict.decision,
            "reasons": verdict.reasons,
            "figures": found,
            "times": times(answers),
            "notes": list(_notes(truth, counts)),
            "before": before.made if before else None,
            "changes": list(changes(before, found)) if before else [],
        }
        | more
    )


def _notes(truth: Truth, counts: Counts) -> Iterable[str]:
    if not truth.patients_told:
        yield "truth.csv names no patients: each film counts as one, and intervals may be too narrow."
    if counts.failed:
        yield f"{sum(counts.failed.values())} films failed; the same command asks for them again."
    if counts.laterals_assessed:
        yield f"{counts.laterals_assessed} lateral views were assessed, which the gate should have refused."
    if truth.names == TWO_CLASSES:
        yield "Abnormal is possible where interstitial pneumonia or other pathology is."


def changes(before: Report, found: dict[str, list[Figure]]) -> Iterable[Change]:
    """Of all figures that both reports have."""
    earlier = {(each.what, each.data): each for part in before.figures.values() for each in part}
    for figure in (each for part in found.values() for each in part):
        old = earlier.get((figure.what, figure.data))
        if old is not None:
            yield Change(
                what=figure.what,
                data=figure.data,
                before=old.value,
                before_ci95=old.ci95,
                now=figure.value,
                now_ci95=figure.ci95,
                moved=apart(old.ci95, figure.ci95),
            )

"""From a lesson of the classifier to its certificate: judge it, move its operating points, pack it, sign that."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from certificates.certificate import Certificate
from learning.candidate import judged_scores, write_store
from learning.comparing import Judged
from learning.head import Floats
from learning.issuing import both_releases, check_parent, issue
from learning.judge import Verdict, judge
from learning.looking import Parent
from learning.taught import Taught
from training.findings import UNKNOWN
from vocabulary.stages import STAGES

Row = tuple[Floats, float]
"""A finding's, and its bias."""


def verdict_of(taught: Taught, parent: Parent) -> Verdict:
    """What the judge says, from numbers that the lesson and the parent's memory hold."""
    judges, memory = taught.judges, parent.memory
    base = memory.of("test")
    site = Judged(
        judges.classes,
        judged_scores(parent.head, judges.features, parent),
        judged_scores(taught.candidate, judges.features, parent),
        judges.patients,
    )
    known = Judged(
        memory.classes[base].astype(np.int64),
        judged_scores(parent.head, memory.features[base], parent),
        judged_scores(taught.candidate, memory.features[base], parent),
        memory.patient[base].astype(np.int64),
    )
    points = parent.config["operating_points"]
    return judge(
        taught.method,
        site,
        judges.groups,
        known,
        memory.source[base],
        points,
        findings=list(_findings(taught, parent)),
        pointed=judges.pointed,
    )


def _findings(taught: Taught, parent: Parent) -> Iterator[tuple[str, str, Judged]]:
    """Each finding that was taught: on which films, and what both versions say of it."""
    judges, memory = taught.judges, parent.memory
    base = memory.of("test")
    for name, (row, bias) in taught.findings.items():
        at = parent.names.index(name)
        yield (
            name,
            "base films",
            _told(
                memory.features[base], memory.findings[base, at], memory.patient[base], (_row(parent, at), (row, bias))
            ),
        )
        own = judges.features, judges.findings[:, at], judges.patients
        yield name, "this hospital, blind labels", _told(*own, (_row(parent, at), (row, bias)))


def _row(parent: Parent, at: int) -> Row:
    return parent.findings.weight[at], float(parent.findings.bias[at])


def _told(
    features: NDArray[np.floating],
    known: NDArray[np.integer],
    patients: NDArray[np.integer],
    rows: tuple[Row, Row],
) -> Judged:
    """What both rows say of the films of which a finding is known, as of two classes."""
    told = known != UNKNOWN
    logits = (features[told].astype(np.float64) @ weight + bias for weight, bias in rows)
    parent, candidate = (np.stack([-each, each], axis=1) for each in logits)
    return Judged(known[told].astype(np.int64), parent, candidate, patients[told].astype(np.int64))


def certify(taught: Taught, parent: Parent, archives: Path) -> Certificate:
    """Judge a lesson and sign what comes of it, whatever it is.

    Args:
        archives: folder of the archives that were shipped.

    Raises:
        LearningError: another version answers now, or an archive is missing or could not be built.
    """
    check_parent(taught.recipe, parent.identity)
    verdict = verdict_of(taught, parent)
    store = write_store(taught, parent, verdict.points)
    releases = both_releases(taught.folder, store, parent.store, archives, "classifier", STAGES)
    return issue(taught.folder, taught.recipe, releases, verdict, taught.judges.patients)

"""From a lesson to its certificate: judge it, move its operating points, pack it, sign what was found."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from certificates.certificate import Certificate
from certificates.signatures import PRIVATE, make_keys
from certificates.signing import write
from learning import ledger
from learning.candidate import ARCHIVES, build_archive, judged_scores, release, write_store
from learning.comparing import Judged
from learning.errors import LearningError
from learning.head import Floats
from learning.judge import Verdict, judge
from learning.looking import Parent
from learning.page import html
from learning.taught import NUMBERS, Taught
from training.findings import UNKNOWN
from vocabulary.stages import STAGES

Row = tuple[Floats, float]
"""A finding's, and its bias."""

CERTIFICATE, PAGE = "certificate.json", "certificate.html"

DAYS = 90
"""For which a certificate lets a release answer. Source: a judgement: by then films and scanners are others."""


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
    if (was := taught.recipe["parent"]) != (now := parent.identity):
        raise LearningError(f"it was taught from {was['version']}, and {now['version']} answers now: teach again")
    verdict = verdict_of(taught, parent)
    store = write_store(taught, parent, verdict.points)
    served = {stage: archives / f"{stage}.mar" for stage in STAGES}
    if (own := parent.store.parent / ARCHIVES / "classifier.mar").exists():  # the parent is a lesson itself
        served["classifier"] = own
    issued = datetime.now(UTC).replace(microsecond=0)
    certificate = Certificate(
        lesson=taught.number,
        parent=release(served),
        candidate=release(served | {"classifier": build_archive(taught, store)}),
        labels=taught.recipe["labels"],
        judge=hashlib.sha256((taught.folder / NUMBERS).read_bytes()).hexdigest(),
        films=len(taught.judges.classes),
        patients=len(set(taught.judges.patients.tolist())),
        figures=verdict.figures,
        points=verdict.points,
        flips=verdict.flips,
        gates=verdict.gates,
        decision=verdict.decision,
        issued=issued,
        expires=issued + timedelta(days=DAYS),
    )
    lessons = taught.folder.parent
    make_keys(lessons)
    write(certificate, taught.folder / CERTIFICATE, lessons / PRIVATE)
    (taught.folder / PAGE).write_text(html(certificate), encoding="utf-8")
    digest = hashlib.sha256((taught.folder / CERTIFICATE).read_bytes()).hexdigest()
    ledger.add(lessons, "judge", lesson=taught.number, decision=certificate.decision, certificate=digest)
    return certificate

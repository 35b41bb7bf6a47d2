"""A verdict as a signed certificate, whatever was taught: of which archives, how long it lasts, and where it lies."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certificates.certificate import Certificate, Release
from certificates.signatures import PRIVATE, make_keys
from certificates.signing import write
from learning import ledger
from learning.candidate import ARCHIVES, build_archive, release
from learning.errors import LearningError
from learning.judge import Verdict
from learning.page import html
from learning.taught import NUMBERS

CERTIFICATE, PAGE = "certificate.json", "certificate.html"

DAYS = 90
"""For which a certificate lets a release answer. Source: a judgement: by then films and scanners are others."""


def check_parent(recipe: Mapping[str, Any], now: Mapping[str, str]) -> None:
    """Whether a lesson was taught from what answers now.

    Args:
        recipe: what the lesson was made of.
        now: version and digests of what answers.

    Raises:
        LearningError: another version answers now.
    """
    if (was := recipe["parent"]) != now:
        raise LearningError(f"it was taught from {was['version']}, and {now['version']} answers now: teach again")


def both_releases(
    lesson: Path, store: Path, parent: Path, archives: Path, stage: str, stages: Sequence[str]
) -> tuple[Release, Release]:
    """The parent's and the candidate's archives; the candidate's is built.

    Args:
        lesson: its folder.
        store: the candidate's model store.
        parent: the parent's model store.
        archives: folder of the archives that were shipped.
        stage: which is taught.
        stages: which answer the problem.

    Raises:
        LearningError: an archive is missing or could not be built.
    """
    served = {name: archives / f"{name}.mar" for name in stages}
    if (own := parent.parent / ARCHIVES / f"{stage}.mar").exists():  # the parent is a lesson itself
        served[stage] = own
    return release(served), release(served | {stage: build_archive(lesson, store, stage)})


def issue(
    folder: Path,
    recipe: Mapping[str, Any],
    releases: tuple[Release, Release],
    verdict: Verdict,
    patients: NDArray[np.int64],
) -> Certificate:
    """Write and sign what was found, and have the ledger tell of it.

    Args:
        folder: of the lesson.
        recipe: what it was made of.
        releases: parent and candidate.
        verdict: the judge's.
        patients: of each film that judged.
    """
    issued = datetime.now(UTC).replace(microsecond=0)
    parent, candidate = releases
    certificate = Certificate(
        lesson=recipe["lesson"],
        parent=parent,
        candidate=candidate,
        labels=recipe["labels"],
        judge=hashlib.sha256((folder / NUMBERS).read_bytes()).hexdigest(),
        films=len(patients),
        patients=len(set(patients.tolist())),
        figures=verdict.figures,
        points=verdict.points,
        flips=verdict.flips,
        gates=verdict.gates,
        decision=verdict.decision,
        issued=issued,
        expires=issued + timedelta(days=DAYS),
    )
    lessons = folder.parent
    make_keys(lessons)
    write(certificate, folder / CERTIFICATE, lessons / PRIVATE)
    (folder / PAGE).write_text(html(certificate), encoding="utf-8")
    digest = hashlib.sha256((folder / CERTIFICATE).read_bytes()).hexdigest()
    ledger.add(lessons, "judge", lesson=certificate.lesson, decision=certificate.decision, certificate=digest)
    return certificate

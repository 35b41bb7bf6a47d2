"""From a certificate to a release that answers, and back."""

import hashlib
import json
import re
from pathlib import Path

from certificates.certificate import Certificate
from certificates.expired import expired
from certificates.signatures import PUBLIC
from certificates.signing import CertificateError, read
from gateway.fleet.releases import Plan, ReleasesError
from learning import beside, ledger
from learning.candidate import STORE
from learning.errors import LearningError
from learning.issuing import CERTIFICATE
from learning.taught import recipe_of
from training.reference import FILE as REFERENCE

APPROVAL = "approval.json"
"""In a lesson's folder: who lets it answer films, and why. The reading room's page for chiefs writes it."""

LESSON = re.compile(r"lesson(\d+)")

SHIPPED = "stable"
"""By which the release file knows the archives that no lesson made."""


def release_name(lesson: int) -> str:
    """By which the gateway's release file knows a lesson's version."""
    return f"lesson{lesson}"


def certificate_of(folder: Path) -> Certificate:
    """A lesson's, if it is signed and lets the candidate answer.

    Raises:
        LearningError: it does not.
    """
    certificate = signed(folder)
    if why := certificate.covers(certificate.candidate.digests) or expired(folder / CERTIFICATE):
        raise LearningError(f"lesson {folder.name} may not be promoted: {why}")
    return certificate


def signed(folder: Path) -> Certificate:
    """A lesson's, whatever it says, and though it has expired.

    Raises:
        LearningError: there is none that can be believed.
    """
    try:
        return read(folder / CERTIFICATE, folder.parent / PUBLIC)
    except CertificateError as error:
        raise LearningError(f"lesson {folder.name} has no certificate: {error}. python -m learning judge") from error


def promote(folder: Path, verb: str, share: float, releases: Path, reason: str) -> str:
    """Have the gateway use a lesson's version; what it said.

    Args:
        folder: of the lesson.
        verb: shadow, canary or serve.
        share: of the films, of a canary or a shadow.
        releases: the gateway's file of releases, in which the lesson's replicas are.
        reason: why, where no chief has approved it.

    Raises:
        LearningError: the certificate or the gateway's file does not allow it.
    """
    certificate = certificate_of(folder)
    if verb != "shadow":
        _approved(folder, reason)
    evidence = _evidence(folder)
    name = release_name(certificate.lesson)
    words = [verb, name, *([str(share)] if verb != "serve" else []), *(evidence if verb != "shadow" else [])]
    said = _gateway(releases, words)
    ledger.add(folder.parent, verb, lesson=certificate.lesson, reason=reason)
    return said


def serving_store(releases: Path, lessons: Path, shipped: Path) -> Path:
    """The model store of the classifier that answers now: a lesson's, or the shipped one."""
    if not releases.exists():
        return shipped
    found = LESSON.fullmatch(_plan(releases).serve)
    return lessons / found[1] / STORE if found else shipped


def undo(lessons: Path, releases: Path, reason: str) -> str:
    """End what the lesson in use does, a canary or a shadow before one that serves; what the gateway said.

    Where no lesson is in use, the last change of the gateway's file of releases is undone.

    Raises:
        LearningError: there is nothing to go back to.
    """
    plan = _plan(releases)
    for name in (*(name for name in plan.used if name != plan.serve), plan.serve):
        if found := LESSON.fullmatch(name):
            return stop(lessons, int(found[1]), releases, reason)
    said = _gateway(releases, ["rollback"])
    ledger.add(lessons, "undo", reason=reason)
    return said


def stop(lessons: Path, lesson: int, releases: Path, reason: str) -> str:
    """Have a lesson's version do nothing any more: what answered before it does; what the gateway said.

    What answered before is what the gateway's file of releases last said, and where that was this version too, the
    version that it was taught from.

    Raises:
        LearningError: there is nothing to go back to.
    """
    name, said = release_name(lesson), ""
    if _plan(releases).serve == name:
        said = _gateway(releases, ["rollback"])
    if name in _plan(releases).used:  # a canary or a shadow, or one before it came to serve
        said = _gateway(releases, ["settle"])
    if _plan(releases).serve == name:
        said = _gateway(releases, ["serve", *_parent(lessons, lesson, reason)])
    ledger.add(lessons, "undo", lesson=lesson, reason=reason)
    return said


def _parent(lessons: Path, lesson: int, reason: str) -> list[str]:
    """The release of the version that a lesson was taught from, and why it may answer again."""
    version = recipe_of(lessons / str(lesson))["parent"]["version"]
    if found := re.search(r"-lesson\.(\d+)$", version):
        return [release_name(int(found[1])), *_evidence(lessons / found[1])]
    return [SHIPPED, "--without-certificate", f"undo of lesson {lesson}: {reason or 'no reason was given'}"]


def _evidence(folder: Path) -> list[str]:
    """What lets a lesson's version answer, and what it is compared with for drift."""
    evidence = ["--certificate", str(folder / CERTIFICATE), "--key", str(folder.parent / PUBLIC)]
    store = folder / STORE
    references = [*store.glob(REFERENCE), *store.glob(f"*/{REFERENCE}")]  # of the chest, or in a number's own folder
    return [*evidence, *(f"--reference={path}" for path in references[:1])]


def _plan(releases: Path) -> Plan:
    try:
        return Plan.read(releases)
    except ReleasesError as error:
        raise LearningError(str(error)) from error


def _approved(folder: Path, reason: str) -> None:
    if reason:
        return
    certificate = hashlib.sha256((folder / CERTIFICATE).read_bytes()).hexdigest()
    try:
        if json.loads((folder / APPROVAL).read_text())["certificate_sha256"] != certificate:
            raise LearningError(f"lesson {folder.name} was approved with another certificate: look again")
    except (OSError, ValueError, KeyError) as error:
        raise LearningError(
            f"nobody has approved lesson {folder.name}: a chief does it in the reading room; or say why (--reason)"
        ) from error


def _gateway(releases: Path, words: list[str]) -> str:
    done = beside.run("gateway", "release", "--file", str(releases), *words)
    if done.returncode:
        raise LearningError(done.stderr.strip() or f"gateway release ended with {done.returncode}")
    return done.stdout

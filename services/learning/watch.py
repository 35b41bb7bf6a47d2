"""A lesson's version, looked at while it is tried or answers: must it go, and does its certificate stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from certificates.certificate import Certificate
from certificates.expired import expire, expired
from certificates.pairs import Pair, read_pairs
from learning.candidate import STORE
from learning.drifting import Probabilities, Shift, shifts
from learning.errors import LearningError
from learning.head import as_served, probabilities
from learning.issuing import CERTIFICATE
from learning.looking import CONFIG
from learning.overrides import Reading
from learning.promote import release_name, signed, stop
from learning.readings import read_readings
from learning.stopping import Both, drifted, of_candidate, overridden, rules, told
from learning.taught import Taught
from vocabulary.problems.chest import CHEST

DRIFT = "drift"
"""Why a certificate ends before its date, for its file."""


@dataclass(frozen=True)
class Seen:
    """What is known of a lesson's version since it was promoted."""

    pairs: list[Both]
    readings: list[Reading]
    version: str
    parent: str
    """Of the classifiers."""

    @property
    def late(self) -> tuple[list[Probabilities], list[Probabilities]]:
        """Probabilities of films of late, by the candidate and by its parent: of the same films, where there are pairs;
        of a version that answers alone, of the films that were read."""
        both = [each for each in self.pairs if each.candidate.classes and each.other.classes]
        if both:
            return [each.candidate.classes or {} for each in both], [each.other.classes or {} for each in both]
        return [each.classes for each in self.readings if each.version == self.version], []


def watch(given_pairs: Path, lessons: Path, lesson: int, releases: Path, ending: bool) -> int:
    """Tell what was seen; 3 where a rule is broken or the certificate has expired.

    Args:
        given_pairs: folder of the pairs that gateways keep.
        lessons: folder of all lessons.
        lesson: number of the one to look at.
        releases: the gateway's file of releases.
        ending: whether to roll back where a rule is broken.

    Raises:
        LearningError: there is no certificate, or nothing to look at.
    """
    folder = lessons / str(lesson)
    certificate = signed(folder)
    if certificate.problem != CHEST.name:
        raise LearningError(f"lesson {lesson} is of {certificate.problem}: only the chest's classes are watched yet")
    seen = _seen(given_pairs, lesson, certificate)
    print("\n".join(told(seen.pairs)))
    moved = list(_shifts(Taught.read(folder), seen))
    found = [*rules(seen.pairs, certificate), *overridden(seen.readings, seen.version, seen.parent)]
    found += drifted(*moved) if moved else ()
    for rule in found:
        if rule.name.startswith("readers"):
            print(f"  {rule.name}: {rule.told}")
    broken = [rule for rule in found if rule.broken]
    for rule in broken:
        print(f"  STOP {rule.name}: {rule.told}")
    over = _ended(certificate, folder, moved[0] if moved else [])
    if broken and ending:
        print(stop(lessons, lesson, releases, f"watch: {broken[0].name}"), end="")
    return 3 if broken or over else 0


def _ended(certificate: Certificate, folder: Path, own: Sequence[Shift]) -> bool:
    """Whether the certificate has expired, by its date or by drift, which is kept; told, with what to do."""
    path = folder / CERTIFICATE
    for shift in (each for each in own if each.changed):
        print(f"  {shift}")
        expire(path, DRIFT)
    why = expired(path) or certificate.covers(certificate.candidate.digests)
    if why:
        print(f"  The certificate stands no more: {why}. Teach and judge anew: make learn")
    return bool(why)


def _seen(folder: Path, lesson: int, certificate: Certificate) -> Seen:
    """Raises LearningError."""
    name = release_name(lesson)
    pairs = list(of_candidate(_read(folder), name))
    try:
        readings = read_readings()
    except LearningError as error:
        print(f"  {error}")
        readings = []
    own, parent = (each.archives["classifier"].version for each in (certificate.candidate, certificate.parent))
    if not pairs and not any(each.version == own for each in readings):
        raise LearningError(
            f"{folder} has no pair of {name}, and no reader has read an answer of it: promote it with --shadow, and "
            "wait for films"
        )
    return Seen(pairs, readings, own, parent)


def _read(folder: Path) -> list[Pair]:
    """None where no gateway keeps any. Raises LearningError."""
    try:
        return list(read_pairs(folder))
    except OSError as error:
        raise LearningError(
            f"{error.filename}: {error.strerror}; the gateway's CXR_PAIRS says where pairs are"
        ) from error


def _shifts(taught: Taught, seen: Seen) -> Iterator[list[Shift]]:
    """The candidate's, then its parent's on the same films; none where the lesson's store is gone."""
    try:
        config = yaml.safe_load((taught.folder / STORE / "classifier" / CONFIG).read_text())["stage"]
    except OSError:
        return
    for head, late in zip((taught.candidate, taught.served), seen.late, strict=True):
        if head is None:
            yield []
        else:
            judged = probabilities(as_served(head), taught.judges.features, float(config["temperature"]))
            yield list(shifts(judged, late))

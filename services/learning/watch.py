"""A lesson's version, looked at while it is tried or answers: must it go, and does its certificate stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from certificates.certificate import Certificate
from certificates.expired import expire, expired
from certificates.pairs import Pair, read_pairs
from learning.drifting import Said, Shift, shifts
from learning.errors import LearningError
from learning.issuing import CERTIFICATE
from learning.overrides import Reading
from learning.promote import release_name, signed, stop
from learning.readings import read_readings
from learning.stopping import Both, drifted, of_candidate, overridden
from learning.watched import Watched, watched
from vocabulary.problems.known import PROBLEMS

DRIFT = "drift"
"""Why a certificate ends before its date, for its file."""


@dataclass(frozen=True)
class Seen:
    """What is known of a lesson's version since it was promoted."""

    pairs: list[Both]
    readings: list[Reading]
    version: str
    parent: str
    """Of the stages that were taught."""

    def late(self, look: Watched) -> tuple[list[Said], list[Said]]:
        """What the candidate and its parent say of films of late: of the same films, where there are pairs;
        of a version that answers alone, of the films that were read."""
        said = [(look.quantities(each.candidate), look.quantities(each.other)) for each in self.pairs]
        if both := [each for each in said if all(each)]:
            return [own for own, _ in both], [other for _, other in both]
        return [each.said for each in self.readings if each.version == self.version], []


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
    look = watched(certificate.problem)
    seen = _seen(given_pairs, lesson, certificate)
    print("\n".join(look.told(seen.pairs)))
    moved = _shifts(look, folder, seen)
    found = [*look.rules(seen.pairs, certificate)]
    found += overridden(seen.readings, seen.version, seen.parent, look.differs)
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
    name, stage = release_name(lesson), PROBLEMS[certificate.problem].stages[-1]
    pairs = list(of_candidate(_read(folder), name))
    try:
        readings = read_readings(certificate.problem)
    except LearningError as error:
        print(f"  {error}")
        readings = []
    own, parent = (each.archives[stage].version for each in (certificate.candidate, certificate.parent))
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


def _shifts(look: Watched, folder: Path, seen: Seen) -> list[list[Shift]]:
    """The candidate's, then its parent's on the same films; none where the lesson has nothing to compare with."""
    judged = look.judged(folder)
    return [list(shifts(each, late)) for each, late in zip(judged, seen.late(look), strict=True)] if judged else []

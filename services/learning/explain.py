"""A lesson in words."""

import json
from collections.abc import Iterator
from pathlib import Path

from certificates.certificate import Certificate
from certificates.signatures import PUBLIC
from certificates.signing import CertificateError, read
from learning.boxes import told
from learning.issuing import CERTIFICATE
from learning.numbers import words
from learning.numbers.lesson import Lesson
from learning.page import DECISIONS
from learning.promote import APPROVAL
from learning.taught import Taught, problem_of
from vocabulary.problems.known import NUMBERS

METHODS = {
    "calibration": "its probabilities were scaled and moved (four numbers)",
    "head": "its last layer was fitted anew, near the served one, and held by the base films' features",
}


def conditions(certificate: Certificate) -> Iterator[str]:
    """A line for each, and whether it is met."""
    return (f"  {'yes' if gate.passed else 'NO ':<4}{gate.name}: {gate.told}" for gate in certificate.gates)


def explained(folder: Path) -> Iterator[str]:
    """Lines for a person.

    Raises:
        LearningError: it is no lesson.
    """
    yield from _measured(Lesson.read(folder)) if problem_of(folder) in NUMBERS else _classes(Taught.read(folder))
    yield from _certificate(folder)


def _measured(lesson: Lesson) -> Iterator[str]:
    yield from words.told(lesson)
    yield f"Labels {lesson.recipe['labels']}; anchor {lesson.recipe['anchor']:g}."


def _classes(taught: Taught) -> Iterator[str]:
    recipe = taught.recipe
    yield f"Lesson {taught.number} was taught from version {recipe['parent']['version']}: {METHODS[taught.method]}."
    classes = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in recipe["films"]["classes"].items())
    yield f"{recipe['films']['labels']} films taught ({classes}); {recipe['judge']} films of other patients judge."
    if taught.findings:
        yield f"Findings that readers ticked taught their rows: {', '.join(taught.findings)}."
    yield from told(recipe["boxes"]) if "boxes" in recipe else ()
    yield f"Labels {recipe['labels']}; anchor {recipe['anchor']:g}, hold {recipe['hold']:g}."


def _certificate(folder: Path) -> Iterator[str]:
    """What it says, and who approved of it."""
    try:
        certificate = read(folder / CERTIFICATE, folder.parent / PUBLIC)
    except CertificateError as error:
        yield f"No certificate: {error}."
        return
    judged, until = (f"{day:%Y-%m-%d}" for day in (certificate.issued, certificate.expires))
    yield f"{DECISIONS[certificate.decision]}; judged on {judged}, valid until {until}."
    yield from conditions(certificate)
    for point in certificate.points:
        before, old, new = (f"{value:.0%}" for value in point.specificity)
        yield (
            f"  operating point of {point.label.replace('_', ' ')}: {point.before} to {point.after}; "
            f"specificity {before}, {old} at the old point, {new} at the new"
        )
    if (folder / APPROVAL).exists():
        approval = json.loads((folder / APPROVAL).read_text())
        yield f"Approved by {approval['who']} on {approval['at'][:10]}: {approval['reason']}"

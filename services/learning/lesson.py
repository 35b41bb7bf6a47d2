"""Lessons: what an export taught, in a folder; the same labels and the same parent give the same lesson."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from certificates.allowed import CALIBRATION, Enough, Method, judges
from learning import findings, ledger
from learning.calibration import calibrate
from learning.dividing import drawn_patients
from learning.errors import LearningError
from learning.head import Floats, Head, Lesson, as_served, drawn, unseen
from learning.labels import Labels
from learning.looking import Parent, look_at
from learning.marks import Mark, Marked, asked
from learning.pointing import Pointed
from learning.progress import Teller
from learning.readers import influence, propensity, targets
from learning.taught import Judges, Taught, next_folder, write_lesson
from learning.teaching import ANCHOR, remembering
from learning.warming import Asked, warmed
from training.groups import AGES
from vocabulary.conditions import CLASSES

BOX_WEIGHT = 3.0
"""Of a film's boxes, in labels. Source: docs/learning.md, what boxes are worth."""

TEACHING = {"calibration": "Teaching the calibration", "head": "Teaching the last layer"}
"""A method, as a step of a round."""


def divide(labels: Labels, taught_before: set[str]) -> NDArray[np.bool_]:
    """Which films judge: drawn by chance, read blind, of patients who taught nothing yet; in an order nobody chose."""
    enough = judges(int((labels.settled() >= 0).sum()))
    return drawn_patients(labels.patients, labels.blind(drawn_only=True) >= 0, enough, taught_before)


def teach_lesson(
    labels: Labels,
    parent: Parent,
    segmenter: Path,
    lessons: Path,
    most: Method = "head",
    boxes: bool = True,
    teller: Teller | None = None,
) -> Taught:
    """Make the next lesson of an export.

    Args:
        segmenter: weights of the served one.
        lessons: folder of all lessons.
        most: that is taught, though the labels allow more.
        boxes: that readers drew teach a new last layer, too, where maps are to be warm.
        teller: is told how far it is.

    Raises:
        LearningError: there is too little to teach anything.
    """
    judging = divide(labels, ledger.taught(lessons))
    enough, method = _allowed(labels, judging, most)
    teller = teller or Teller()
    seen = look_at(labels, parent.store, segmenter, teller)
    features, marked = seen.features, seen.marked
    teaching = Marked([mark for mark in marked.marks if not judging[mark.film]], marked.left_out)
    weight = BOX_WEIGHT if boxes and method == "head" else 0.0
    lesson = lesson_of(labels, features, ~judging)
    teller.step(TEACHING[method])
    where = asked(teaching.marks, range(len(CLASSES)), weight)
    candidate, hold = candidate_of(method, parent, lesson, where)
    marks = teaching.marks if boxes else []
    ticked = _findings(parent, labels, features, ~judging, marks) if method == "head" else {}
    folder = next_folder(lessons)
    recipe = {
        "lesson": int(folder.name),
        "method": method,
        "anchor": ANCHOR,
        "hold": hold,
        "labels": labels.digest,
        "parent": parent.identity,
        "films": asdict(enough),
        "judge": int((judging & (labels.blind(drawn_only=True) >= 0)).sum()),
        "findings": list(ticked),
        "boxes": {"weight": weight, "films": teaching.films, "left_out": dict(sorted(marked.left_out.items()))},
    }
    judges = judges_of(labels, features, judging)
    judges = replace(judges, pointed=pointed(labels, marked, judging, parent, candidate, ticked))
    write_lesson(folder, recipe, candidate, parent.head, judges, ticked)
    taught = sorted({str(name) for name in labels.patients[~judging]})
    ledger.add(lessons, "teach", lesson=int(folder.name), method=method, labels=labels.digest, patients=taught)
    return Taught.read(folder)


def _allowed(labels: Labels, judging: NDArray[np.bool_], most: Method) -> tuple[Enough, Method]:
    """What there is, and what may be taught with it. Raises LearningError where that is nothing."""
    enough = labels.enough(judging)
    if enough.method == "nothing":
        missing = ", ".join(enough.wanting(CALIBRATION))
        raise LearningError(f"too few labels to teach: {missing}. Look: python -m learning look")
    return enough, enough.method if most == "head" else most


def _findings(
    parent: Parent, labels: Labels, features: NDArray[np.float32], teaches: NDArray[np.bool_], marks: list[Mark]
) -> dict[str, tuple[Floats, float]]:
    scales, found = parent.config.get("findings", {}), labels.findings[teaches]
    return findings.taught(parent.findings, scales, features[teaches], found, parent.memory, marks, parent.names)


def lesson_of(labels: Labels, features: NDArray[np.floating], films: NDArray[np.bool_]) -> Lesson:
    """What readers said of some of the films together, each label weighed by how much it tells."""
    said = [each for each in labels.said if films[each.film]]
    follows = influence(labels.said).follows
    weight = np.zeros(len(films))
    for each in said:
        weight[each.film] = max(weight[each.film], propensity(each, follows))
    every = Lesson(features.astype(np.float64), targets(said, len(films)), weight)
    return every[weight > 0]


def candidate_of(method: Method, parent: Parent, lesson: Lesson, asked: Asked | None) -> tuple[Head, float]:
    """The layer that a lesson makes of the served one, and how much base films weighed; the same each time.

    Args:
        asked: of a new layer by boxes, if anything.
    """
    if method == "calibration":
        return calibrate(parent.head, lesson, parent.temperature), 0.0
    memory = parent.memory
    base = drawn(memory)
    taught, hold = remembering(parent.head, lesson, base, unseen(memory), parent.temperature)
    return warmed(taught, asked, base) if asked else taught, hold


def judges_of(labels: Labels, features: NDArray[np.float32], judging: NDArray[np.bool_]) -> Judges:
    """The films that judge, with all that they are compared by."""
    blind = labels.blind(drawn_only=True)
    films = judging & (blind >= 0)
    _, patients = np.unique(labels.patients[films], return_inverse=True)
    groups = {name: part[films] for name, part in groups_of(labels).items() if part[films].any()}
    return Judges(features[films], blind[films], patients.astype(np.int64), groups, labels.findings[films])


def pointed(
    labels: Labels,
    marked: Marked,
    judging: NDArray[np.bool_],
    parent: Parent,
    candidate: Head,
    ticked: dict[str, tuple[Floats, float]],
) -> Pointed:
    """Where the maps of the parent and the candidate are hottest, on films that judge and have boxes."""
    judge = np.flatnonzero(judging & (labels.blind(drawn_only=True) >= 0))
    _, patients = np.unique(labels.patients[judge], return_inverse=True)
    before, after = as_served(parent.head), as_served(candidate)
    rows = {
        at: ((before.weight[at], float(before.bias[at])), (after.weight[at], float(after.bias[at])))
        for at in range(len(CLASSES))
    }
    for name, (row, bias) in ticked.items():
        at = parent.names.index(name)
        rows[len(CLASSES) + at] = ((parent.findings.weight[at], float(parent.findings.bias[at])), (row, bias))
    return Pointed.of(marked.marks, dict(zip(judge.tolist(), patients.tolist(), strict=True)), rows)


def groups_of(labels: Labels) -> dict[str, NDArray[np.bool_]]:
    """Who may not pay for the others' gain."""
    rows = labels.rows
    found: dict[str, NDArray[np.bool_]] = {}
    for name, sex in (("women", "F"), ("men", "M")):
        found[name] = (rows["sex"] == sex).to_numpy() if "sex" in rows else np.zeros(len(rows), bool)
    ages = (
        np.array([float(age) if age else np.nan for age in rows["age"]])
        if "age" in rows
        else np.full(len(rows), np.nan)
    )
    for name, (low, high) in AGES.items():
        found[name] = (ages >= low) & (ages < high)
    for column, kind in (("dataset", "scanner"), ("view", "view")):
        for value in sorted(set(rows[column]) - {""}):
            found[f"{kind} {value}"] = (rows[column] == value).to_numpy()
    return {name: np.asarray(part, bool) for name, part in found.items()}

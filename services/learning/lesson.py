"""Lessons: what an export taught, in a folder; the same labels and the same parent give the same lesson."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from certificates.allowed import CALIBRATION, Method, judges
from learning import findings, ledger
from learning.errors import LearningError
from learning.findings import Known
from learning.head import ANCHOR, Floats, Head, Lesson, calibrate, drawn, remembering, unseen
from learning.labels import Labels
from learning.looking import Parent, look_at
from learning.progress import Teller
from learning.readers import influence, propensity, targets
from training.findings import TRAINED_FINDINGS, UNKNOWN
from training.groups import AGES

RECIPE, NUMBERS = "lesson.json", "lesson.npz"

TEACHING = {"calibration": "Teaching the calibration", "head": "Teaching the last layer"}
"""A method, as a step of a round."""


@dataclass(frozen=True)
class Judges:
    """The hospital's films that judge: features and labels, no pictures and nobody's names."""

    features: NDArray[np.float32]
    classes: NDArray[np.int64]
    """As readers said before the models' answer was shown."""
    patients: NDArray[np.int64]
    groups: dict[str, NDArray[np.bool_]]
    """Women, men, age bands, scanners and views: which films are of them."""
    findings: Known
    """As readers ticked them before the models' answer was shown."""


@dataclass(frozen=True)
class Taught:
    """A lesson's folder, read."""

    number: int
    folder: Path
    recipe: dict[str, Any]
    candidate: Head
    judges: Judges
    served: Head | None
    """The parent's layer; None in lessons of earlier versions."""
    findings: dict[str, tuple[Floats, float]]
    """Finding to its new row and bias, of those that were taught."""

    @property
    def method(self) -> Method:
        """What the candidate was made by."""
        method: Method = self.recipe["method"]
        return method

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What teach_lesson wrote.

        Raises:
            LearningError: it is no lesson.
        """
        try:
            recipe = json.loads((folder / RECIPE).read_text())
            with np.load(folder / NUMBERS) as stored:
                numbers = {name: stored[name] for name in stored.files}
        except (OSError, ValueError) as error:
            raise LearningError(f"{folder} is no lesson: {error}") from error
        groups = dict(zip(recipe["groups"], numbers["groups"], strict=True))
        known = numbers.get("judge_findings", np.full((len(numbers["classes"]), len(TRAINED_FINDINGS)), UNKNOWN))
        judges = Judges(numbers["features"], numbers["classes"], numbers["patients"], groups, known)
        layers = [
            Head(numbers[f"{of}weight"], numbers[f"{of}bias"]) if f"{of}weight" in numbers else None
            for of in ("", "served_")
        ]
        candidate, served = layers
        if candidate is None:
            raise LearningError(f"{folder} is no lesson: it has no layer")
        names, rows = recipe.get("findings", []), numbers.get("findings", np.zeros((0, 0)))
        taught = {name: (row[:-1], float(row[-1])) for name, row in zip(names, rows, strict=True)}
        return cls(recipe["lesson"], folder, recipe, candidate, judges, served, taught)


def divide(labels: Labels, taught_before: set[str]) -> NDArray[np.bool_]:
    """Which films judge: drawn by chance, read blind, of patients who taught nothing yet; in an order nobody chose."""
    blind, patients = labels.blind(drawn_only=True), labels.patients
    enough = judges(int((labels.settled() >= 0).sum()))
    candidates = sorted({str(name) for name in patients[blind >= 0]} - taught_before, key=_order)
    chosen: set[str] = set()
    films = 0
    for name in candidates:
        if films >= enough:
            break
        chosen.add(name)
        films += int(((patients == name) & (blind >= 0)).sum())
    return np.isin(patients, sorted(chosen))


def _order(patient: str) -> str:
    return hashlib.sha256(patient.encode()).hexdigest()


def teach_lesson(
    labels: Labels,
    parent: Parent,
    segmenter: Path,
    lessons: Path,
    most: Method = "head",
    teller: Teller | None = None,
) -> Taught:
    """Make the next lesson of an export.

    Args:
        segmenter: weights of the served one.
        lessons: folder of all lessons.
        most: that is taught, though the labels allow more.
        teller: is told how far it is.

    Raises:
        LearningError: there is too little to teach anything.
    """
    judging = divide(labels, ledger.taught(lessons))
    enough = labels.enough(judging)
    if enough.method == "nothing":
        missing = ", ".join(enough.wanting(CALIBRATION))
        raise LearningError(f"too few labels to teach: {missing}. Look: python -m learning look")
    method: Method = enough.method if most == "head" else most
    teller = teller or Teller()
    features = look_at(labels, parent.store, segmenter, teller)
    lesson = lesson_of(labels, features, ~judging)
    teller.step(TEACHING[method])
    candidate, replay = candidate_of(method, parent, lesson)
    ticked = {}
    if method == "head":
        told, known = parent.config.get("findings", {}), labels.findings[~judging]
        ticked = findings.taught(parent.findings, told, features[~judging], known, parent.memory, parent.names)
    folder = _next(lessons)
    taught = sorted({str(name) for name in labels.patients[~judging]})
    recipe = {
        "lesson": int(folder.name),
        "method": method,
        "anchor": ANCHOR,
        "replay": replay,
        "labels": labels.digest,
        "parent": parent.identity,
        "films": asdict(enough),
        "judge": int((judging & (labels.blind(drawn_only=True) >= 0)).sum()),
        "findings": list(ticked),
    }
    _write(folder, recipe, candidate, parent.head, judges_of(labels, features, judging), ticked)
    ledger.add(lessons, "teach", lesson=int(folder.name), method=method, labels=labels.digest, patients=taught)
    return Taught.read(folder)


def lesson_of(labels: Labels, features: NDArray[np.floating], films: NDArray[np.bool_]) -> Lesson:
    """What readers said of some of the films together, each label weighed by how much it tells."""
    said = [each for each in labels.said if films[each.film]]
    follows = influence(labels.said).follows
    weight = np.zeros(len(films))
    for each in said:
        weight[each.film] = max(weight[each.film], propensity(each, follows))
    taught = weight > 0
    return Lesson(features[taught].astype(np.float64), targets(said, len(films))[taught], weight[taught])


def candidate_of(method: Method, parent: Parent, lesson: Lesson) -> tuple[Head, float]:
    """The layer that a lesson makes of the served one, and how much base films weighed; the same each time."""
    if method == "calibration":
        return calibrate(parent.head, lesson, parent.temperature), 0.0
    memory = parent.memory
    return remembering(parent.head, lesson, drawn(memory), unseen(memory), parent.temperature)


def judges_of(labels: Labels, features: NDArray[np.float32], judging: NDArray[np.bool_]) -> Judges:
    """The films that judge, with all that they are compared by."""
    blind = labels.blind(drawn_only=True)
    films = judging & (blind >= 0)
    _, patients = np.unique(labels.patients[films], return_inverse=True)
    groups = {name: part[films] for name, part in groups_of(labels).items() if part[films].any()}
    return Judges(features[films], blind[films], patients.astype(np.int64), groups, labels.findings[films])


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


def _next(lessons: Path) -> Path:
    numbers = [int(path.name) for path in lessons.glob("*") if path.name.isdecimal()]
    folder = lessons / str(max(numbers, default=0) + 1)
    folder.mkdir(parents=True)
    return folder


def _write(
    folder: Path,
    recipe: dict[str, Any],
    candidate: Head,
    served: Head,
    judges: Judges,
    ticked: dict[str, tuple[Floats, float]],
) -> None:
    rows = [np.append(row, bias) for row, bias in ticked.values()]
    groups = np.array(list(judges.groups.values()), bool).reshape(len(judges.groups), len(judges.classes))
    np.savez(
        folder / NUMBERS,
        weight=candidate.weight,
        bias=candidate.bias,
        served_weight=served.weight,
        served_bias=served.bias,
        findings=np.array(rows).reshape(len(rows), candidate.weight.shape[1] + 1),
        judge_findings=judges.findings,
        features=judges.features,
        classes=judges.classes,
        patients=judges.patients,
        groups=groups,
    )
    (folder / RECIPE).write_text(json.dumps(recipe | {"groups": list(judges.groups)}, indent=1) + "\n")

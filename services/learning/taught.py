"""A lesson's folder, written and read: what was taught, and numbers of the films that judge it."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from certificates.allowed import Method
from learning.errors import LearningError
from learning.findings import Known
from learning.head import Floats, Head
from learning.pointing import Pointed
from training.findings import TRAINED_FINDINGS, UNKNOWN
from vocabulary.problems.chest import CHEST

RECIPE, NUMBERS = "lesson.json", "lesson.npz"


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
    pointed: Pointed = field(default_factory=Pointed)
    """Where both versions' maps are hottest, beside the boxes that readers drew then."""


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
        recipe, numbers = read_lesson(folder)
        groups = dict(zip(recipe["groups"], numbers["groups"], strict=True))
        known = numbers.get("judge_findings", np.full((len(numbers["classes"]), len(TRAINED_FINDINGS)), UNKNOWN))
        hits = {part.name: numbers[f"pointed_{part.name}"] for part in fields(Pointed) if "pointed_output" in numbers}
        judges = Judges(numbers["features"], numbers["classes"], numbers["patients"], groups, known, Pointed(**hits))
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


def recipe_of(folder: Path) -> dict[str, Any]:
    """What a lesson was made of, whatever its problem is.

    Raises:
        LearningError: it is no lesson.
    """
    try:
        recipe: dict[str, Any] = json.loads((folder / RECIPE).read_text())
    except (OSError, ValueError) as error:
        raise LearningError(f"{folder} is no lesson: {error}") from error
    return recipe


def problem_of(folder: Path) -> str:
    """Name of the problem that a lesson is of. Raises as recipe_of."""
    return str(recipe_of(folder).get("problem", CHEST.name))


def read_lesson(folder: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What a lesson was made of, and its numbers. Raises as recipe_of."""
    recipe = recipe_of(folder)
    try:
        with np.load(folder / NUMBERS) as stored:
            return recipe, {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise LearningError(f"{folder} is no lesson: {error}") from error


def next_folder(lessons: Path) -> Path:
    """Of the next lesson, made. Its name is its number; problems share them."""
    numbers = [int(path.name) for path in lessons.glob("*") if path.name.isdecimal()]
    folder = lessons / str(max(numbers, default=0) + 1)
    folder.mkdir(parents=True)
    return folder


def write_lesson(
    folder: Path,
    recipe: dict[str, Any],
    candidate: Head,
    served: Head,
    judges: Judges,
    ticked: dict[str, tuple[Floats, float]],
) -> None:
    """A lesson's folder: what it was made of, and its numbers."""
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
        **{f"pointed_{name}": values for name, values in vars(judges.pointed).items()},
    )
    (folder / RECIPE).write_text(json.dumps(recipe | {"groups": list(judges.groups)}, indent=1) + "\n")

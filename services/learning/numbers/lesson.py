"""A lesson of a number: what an export taught, in a folder; the same numbers and the same parent give the same one."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from certificates.allowed import CORRECTION, lacking
from learning import ledger
from learning.errors import LearningError
from learning.numbers.correction import ANCHOR, Correction, taught
from learning.numbers.said import Numbers
from learning.numbers.served import Answered, Served
from learning.progress import Teller
from learning.taught import NUMBERS, RECIPE, next_folder, read_lesson
from training.numbers.course import asked
from vocabulary.problems.known import PROBLEMS
from vocabulary.problems.problem import Problem

Floats = NDArray[np.float64]

METHOD = "correction"


@dataclass(frozen=True)
class Judges:
    """The films that judge: numbers, no pictures and nobody's names."""

    said: Floats
    """As readers said before the models' number was shown."""
    answered: Answered
    """By the parent."""
    patients: NDArray[np.int64]
    groups: dict[str, NDArray[np.bool_]]
    """What is known of people, scanners, and bands of the number: which films are of them."""


@dataclass(frozen=True)
class Lesson:
    """A lesson's folder, read."""

    number: int
    folder: Path
    recipe: dict[str, Any]
    correction: Correction
    judges: Judges
    range: Floats
    """All numbers that can be answered."""

    @property
    def problem(self) -> Problem:
        """Whose stage was taught."""
        return PROBLEMS[self.recipe["problem"]]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """What teach wrote.

        Raises:
            LearningError: it is no lesson of a number.
        """
        recipe, numbers = read_lesson(folder)
        if recipe.get("problem") not in PROBLEMS or recipe.get("method") != METHOD:
            raise LearningError(f"{folder} is no lesson of a number that this version knows")
        groups = dict(zip(recipe["groups"], numbers["groups"], strict=True))
        answered = Answered(numbers["value"], numbers["half"], np.ones(len(numbers["value"]), bool))
        judges = Judges(numbers["said"], answered, numbers["patients"], groups)
        return cls(recipe["lesson"], folder, recipe, Correction.read(recipe), judges, numbers["range"])


def teach(numbers: Numbers, served: Served, lessons: Path, teller: Teller) -> Lesson:
    """Make the next lesson of an export.

    Args:
        served: the parent.
        lessons: folder of all lessons.
        teller: is told how far it is.

    Raises:
        LearningError: there is too little to teach anything, or a film is missing.
    """
    name = served.problem.name
    judging = numbers.judging(ledger.taught(lessons, name))
    _check(int((~judging).sum()), int((judging & numbers.drawn).sum()))
    teller.step("Looking at the films")
    answered = served.answers(films := numbers.films())
    teaches, judge = ~judging & answered.accepted, judging & numbers.drawn & answered.accepted
    _check(int(teaches.sum()), int(judge.sum()))
    teller.step("Teaching the calibration")
    own = answered.part(teaches), numbers.said[teaches], numbers.patients[teaches]
    correction = taught(*own, served.numbers, asked(served.problem))
    groups = {each: part[judge] for each, part in groups_of(numbers, films.groups).items() if part[judge].any()}
    folder = next_folder(lessons)
    recipe = {
        "lesson": int(folder.name),
        "problem": name,
        "method": METHOD,
        "anchor": ANCHOR,
        "correction": asdict(correction),
        "labels": numbers.digest,
        "parent": served.identity,
        "films": int(teaches.sum()),
        "judge": int(judge.sum()),
        "refused": int((~answered.accepted).sum()),
        "groups": list(groups),
    }
    _write(folder, recipe, numbers.said[judge], answered.part(judge), numbers.patients[judge], groups, served.numbers)
    patients = sorted({str(each) for each in numbers.patients[~judging]})
    about = {"problem": name, "method": METHOD, "labels": numbers.digest}
    ledger.add(lessons, "teach", lesson=int(folder.name), **about, patients=patients)
    return Lesson.read(folder)


def _check(labels: int, blind: int) -> None:
    few = [str(each) for part in lacking(labels, blind, CORRECTION) for each in part]
    if few:
        raise LearningError(f"too few numbers to teach: {', '.join(few)}. Look: python -m learning look")


def groups_of(numbers: Numbers, groups: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    """Who may not pay for the others' gain.

    Args:
        groups: of each film's person, a position in Problem.groups.
    """
    problem, rows = numbers.problem, numbers.rows
    found = {f"{problem.columns.group} {name}": groups == at for at, name in enumerate(problem.groups) if name}
    number = asked(problem)
    for low, high in zip(number.bands, number.bands[1:], strict=False):
        found[f"{low:g} to below {high:g} {number.unit}"] = (low <= numbers.said) & (numbers.said < high)
    for value in sorted(set(rows["dataset"]) - {""}):
        found[f"scanner {value}"] = (rows["dataset"] == value).to_numpy()
    return {name: np.asarray(part, bool) for name, part in found.items()}


def _write(
    folder: Path,
    recipe: dict[str, Any],
    said: Floats,
    answered: Answered,
    patients: NDArray[np.str_],
    groups: dict[str, NDArray[np.bool_]],
    numbers: Floats,
) -> None:
    _, codes = np.unique(patients, return_inverse=True)
    masks = np.array(list(groups.values()), bool).reshape(len(groups), len(said))
    told = {"said": said, "value": answered.value, "half": answered.half, "range": numbers}
    np.savez(folder / NUMBERS, **told, patients=codes.astype(np.int64), groups=masks)
    (folder / RECIPE).write_text(json.dumps(recipe, indent=1) + "\n")

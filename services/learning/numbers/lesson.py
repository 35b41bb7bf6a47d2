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
    _check(~judging, judging & numbers.drawn)
    teller.step("Looking at the films")
    answered = served.answers(films := numbers.films())
    teaches, judge = ~judging & answered.accepted, judging & numbers.drawn & answered.accepted
    _check(teaches, judge)
    teller.step("Teaching the calibration")
    own = answered.part(teaches), numbers.said[teaches], numbers.patients[teaches]
    correction = taught(*own, served.numbers, asked(served.problem))
    _, patients = np.unique(numbers.patients[judge], return_inverse=True)
    groups = {each: part[judge] for each, part in groups_of(numbers, films.groups).items() if part[judge].any()}
    judges = Judges(numbers.said[judge], answered.part(judge), patients.astype(np.int64), groups)
    counts = {"films": int(teaches.sum()), "judge": int(judge.sum()), "refused": int((~answered.accepted).sum())}
    folder = next_folder(lessons)
    about = {"problem": name, "method": METHOD, "labels": numbers.digest}
    recipe = about | counts | {"correction": asdict(correction), "anchor": ANCHOR, "parent": served.identity}
    _write(folder, recipe, judges, served.numbers)
    who = sorted({str(each) for each in numbers.patients[~judging]})
    ledger.add(lessons, "teach", lesson=int(folder.name), **about, patients=who)
    return Lesson.read(folder)


def _check(teach: NDArray[np.bool_], judge: NDArray[np.bool_]) -> None:
    few = [str(each) for part in lacking(int(teach.sum()), int(judge.sum()), CORRECTION) for each in part]
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


def _write(folder: Path, recipe: dict[str, Any], judges: Judges, numbers: Floats) -> None:
    groups = np.array(list(judges.groups.values()), bool).reshape(len(judges.groups), len(judges.said))
    np.savez(
        folder / NUMBERS,
        said=judges.said,
        value=judges.answered.value,
        half=judges.answered.half,
        patients=judges.patients,
        groups=groups,
        range=numbers,
    )
    told = recipe | {"lesson": int(folder.name), "groups": list(judges.groups)}
    (folder / RECIPE).write_text(json.dumps(told, indent=1) + "\n")

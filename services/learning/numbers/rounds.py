"""look, teach and judge of a problem whose answer is a number."""

from pathlib import Path

from certificates.certificate import Certificate
from learning import ledger
from learning.issuing import both_releases, check_parent, issue
from learning.numbers import look
from learning.numbers.candidate import write_store
from learning.numbers.judge import judge as judge_films
from learning.numbers.lesson import Lesson
from learning.numbers.lesson import teach as teach_lesson
from learning.numbers.said import read
from learning.numbers.served import read_served
from learning.numbers.words import told
from learning.progress import Teller
from training.numbers.course import asked
from vocabulary.problems.problem import Problem


def look_at_numbers(problem: Problem, labels: Path, lessons: Path, teller: Teller) -> None:
    """Tell whether there is enough to teach. Raises LearningError."""
    teller.say(*look.told(read(problem, labels), ledger.taught(lessons, problem.name)))


def teach(problem: Problem, labels: Path, store: Path, lessons: Path, teller: Teller) -> Lesson:
    """Make a candidate of what readers measured.

    Args:
        store: model store of the stage that answers now.

    Raises:
        LearningError: there is too little, or something is missing.
    """
    lesson = teach_lesson(read(problem, labels), read_served(problem, store), lessons, teller)
    teller.lesson(lesson.number)
    teller.say(*told(lesson))
    return lesson


def certify(folder: Path, store: Path, archives: Path) -> Certificate:
    """Judge a lesson and sign what comes of it, whatever it is.

    Args:
        folder: of the lesson.
        store: model store of the stage that answers now.
        archives: folder of the archives that were shipped.

    Raises:
        LearningError: another version answers now, or an archive is missing or could not be built.
    """
    lesson = Lesson.read(folder)
    problem, parent = lesson.problem, read_served(lesson.problem, store)
    check_parent(lesson.recipe, parent.identity)
    verdict = judge_films(lesson.judges, lesson.correction, lesson.range, asked(problem))
    own = write_store(lesson, parent)
    releases = both_releases(folder, own, store, archives, problem.name, problem.stages)
    return issue(folder, lesson.recipe, releases, verdict, lesson.judges.patients)

"""A round: export, look, teach and judge; and the steps of it that are verbs of their own."""

import argparse
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from certificates.allowed import Method
from learning import ledger, look
from learning.boxes import told
from learning.certify import certify
from learning.explain import conditions
from learning.issuing import PAGE
from learning.labels import export, read
from learning.lesson import teach_lesson
from learning.looking import Parent, read_parent
from learning.numbers import rounds as numbers
from learning.page import DECISIONS
from learning.progress import Teller, alone, telling
from learning.promote import serving_store
from learning.taught import Taught
from training.export import WEIGHTS
from vocabulary.problems.known import NUMBERS

EXPORT = ".export-"
"""Begins the name of a round's folder of films."""


def look_at_labels(given: argparse.Namespace, labels: Path, teller: Teller) -> None:
    """Tell whether there is enough to teach, what more would buy, and how readers are. Raises LearningError."""
    if number := NUMBERS.get(given.problem):
        numbers.look_at_numbers(number, labels, given.lessons, teller)
    else:
        teller.say(*look.told(read(labels), ledger.taught(given.lessons)))


def teach(given: argparse.Namespace, labels: Path, teller: Teller) -> int:
    """Make a candidate of what readers said of a problem's films; the lesson's number. Raises LearningError."""
    if number := NUMBERS.get(given.problem):
        return numbers.teach(number, labels, _store(given), given.lessons, teller).number
    return teach_classes(given, labels, given.method, teller).number


def teach_classes(given: argparse.Namespace, labels: Path, method: Method, teller: Teller) -> Taught:
    """Make a candidate of the classes that readers said. Raises LearningError."""
    segmenter, parent = given.shipped / "segmenter" / WEIGHTS, _parent(given)
    said = read(labels, parent.names)
    taught = teach_lesson(said, parent, segmenter, given.lessons, method, given.boxes, teller)
    films, boxes = taught.recipe["films"]["labels"], taught.recipe["boxes"]
    teller.lesson(taught.number)
    teller.say(*told(boxes), f"lesson {taught.number}: {taught.method} taught by {films} films")
    return taught


def judge(given: argparse.Namespace, lesson: int, teller: Teller) -> int:
    """Compare a candidate with its parent on blind labels and base films, and sign what comes of it; 3 if refused.

    Raises:
        LearningError: it cannot be judged.
    """
    teller.step("Judging the candidate, and packing it")
    folder = given.lessons / str(lesson)
    certificate = (
        numbers.certify(folder, _store(given), given.archives)
        if given.problem in NUMBERS
        else certify(Taught.read(folder), _parent(given), given.archives)
    )
    teller.lesson(lesson, certificate.decision)
    teller.say(*conditions(certificate))
    teller.say(f"lesson {lesson}: {DECISIONS[certificate.decision].lower()} ({folder / PAGE})")
    return 0 if certificate.decision == "promote" else 3


def run(given: argparse.Namespace) -> int:
    """Export, look, teach and judge; the exported films are deleted at the end.

    Raises:
        LearningError: it cannot be done, or another round goes on.
    """
    given.lessons.mkdir(parents=True, exist_ok=True)
    with alone(given.lessons, given.lock), telling(given.progress) as teller:
        for left in given.lessons.glob(f"{EXPORT}*"):
            shutil.rmtree(left)  # of a round that was killed: it holds films
        with TemporaryDirectory(prefix=EXPORT, dir=given.lessons) as folder:
            teller.step("Exporting what readers said")
            export(labels := Path(folder) / "export")
            look_at_labels(given, labels, teller)
            code = _teach_and_judge(given, labels, teller)
        teller.end(code)
        return code


def _teach_and_judge(given: argparse.Namespace, labels: Path, teller: Teller) -> int:
    if given.problem in NUMBERS:
        return judge(given, teach(given, labels, teller), teller)
    taught = teach_classes(given, labels, given.method, teller)
    if (code := judge(given, taught.number, teller)) == 0 or taught.method == "calibration":
        return code
    teller.say("the new last layer is refused; its calibration may still be worth having")
    return judge(given, teach_classes(given, labels, "calibration", teller).number, teller)


def _parent(given: argparse.Namespace) -> Parent:
    return read_parent(_store(given))


def _store(given: argparse.Namespace) -> Path:
    """The model store of what answers now."""
    return serving_store(given.releases, given.lessons, given.shipped)

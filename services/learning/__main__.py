"""python -m learning round | look | teach | judge | promote | watch | undo | history | explain | accept."""

import argparse
import sys
from pathlib import Path

from certificates.progress import FILE
from client.places import home, model_store, releases_file
from learning import ledger, rounds
from learning.accept import command as acceptance
from learning.errors import LearningError
from learning.explain import explained
from learning.progress import Teller
from learning.promote import promote, undo
from learning.taught import RECIPE, problem_of
from learning.watch import watch
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import NUMBERS

RUN = home() / "run"
LESSONS = RUN / "lessons"


def main(words: list[str] | None = None) -> int:
    """Do what the verb says; 1 where it cannot be done, and 3 where a certificate does not let a version answer."""
    arguments = _parser().parse_args(words)
    try:
        _complete(arguments)
        code: int = arguments.run(arguments)
    except LearningError as error:
        print(f"learning: {error}", file=sys.stderr)
        return 1
    return code


def _complete(given: argparse.Namespace) -> None:
    """A lesson says itself which problem it is of, and a problem where its file of releases is."""
    if "lesson" in given:
        folder = given.lessons / str(given.lesson)
        given.problem = problem_of(folder) if (folder / RECIPE).exists() else CHEST.name
    if "releases" in given and given.releases is None:
        problem = getattr(given, "problem", CHEST.name)
        given.releases = releases_file(RUN, "" if problem == CHEST.name else problem)


def _look(given: argparse.Namespace) -> int:
    """Tell whether there is enough to teach, what more would buy, and how readers are."""
    rounds.look_at_labels(given, given.labels, Teller())
    return 0


def _teach(given: argparse.Namespace) -> int:
    """Make a candidate of what readers said."""
    lesson = rounds.teach(given, given.labels, Teller())
    print(f"Now: python -m learning judge {lesson}")
    return 0


def _judge(given: argparse.Namespace) -> int:
    """Compare a candidate with its parent on blind labels and base films, and sign what comes of it."""
    return rounds.judge(given, given.lesson, Teller())


def _round(given: argparse.Namespace) -> int:
    """Export, look, teach and judge; the exported films are deleted at the end."""
    given.progress = given.progress or given.lessons / FILE
    return rounds.run(given)


def _promote(given: argparse.Namespace) -> int:
    """Have the gateway use a candidate that has a certificate."""
    verb = "serve" if given.serve else "canary" if given.canary is not None else "shadow"
    share = given.canary if given.canary is not None else given.shadow if given.shadow is not None else 1.0
    print(promote(given.lessons / str(given.lesson), verb, share, given.releases, given.reason), end="")
    return 0


def _watch(given: argparse.Namespace) -> int:
    """Compare what two releases said of the same films, and readers of both; roll back where a rule says so."""
    return watch(given.pairs, given.lessons, given.lesson, given.releases, given.stop)


def _undo(given: argparse.Namespace) -> int:
    """Bring back what answered before."""
    print(undo(given.lessons, given.releases, given.reason), end="")
    return 0


def _history(given: argparse.Namespace) -> int:
    """Print what was done, line by line."""
    for entry in ledger.read(given.lessons):
        facts = {name: value for name, value in entry.items() if name not in ("at", "what", "previous", "patients")}
        print(
            f"{entry['at']}  {entry['what']:<8}{'  '.join(f'{name} {value}' for name, value in facts.items() if value)}"
        )
    return 0


def _explain(given: argparse.Namespace) -> int:
    """Print what a lesson was made of and what was found."""
    print("\n".join(explained(given.lessons / str(given.lesson))))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("learning", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for name, run in {
        "round": _round,
        "look": _look,
        "teach": _teach,
        "judge": _judge,
        "promote": _promote,
        "watch": _watch,
        "undo": _undo,
        "history": _history,
        "explain": _explain,
        "accept": acceptance.accept,
    }.items():
        verb = verbs.add_parser(name, help=run.__doc__)
        verb.set_defaults(run=run)
        if name == "accept":
            acceptance.options(verb, model_store())
            continue
        verb.add_argument("--lessons", type=Path, default=LESSONS, help="folder of all lessons and their ledger")
        if name in ("judge", "promote", "watch", "explain"):
            verb.add_argument("lesson", type=int, help="its number")
        if name in ("look", "teach"):
            verb.add_argument("--labels", type=Path, required=True, help="what `review export` wrote")
        if name in ("round", "look", "teach", "undo"):
            verb.add_argument("--problem", choices=(CHEST.name, *NUMBERS), default=CHEST.name, help="which is taught")
        if name in ("round", "teach", "judge"):
            verb.add_argument("--shipped", type=Path, default=model_store(), help="taught unless a lesson answers")
        if name in ("round", "teach", "judge", "promote", "watch", "undo"):
            verb.add_argument("--releases", type=Path, help="the gateway's file of releases of the problem")
        if name in ("promote", "undo"):
            verb.add_argument("--reason", default="", help="why; for the ledger")
        _more(verb, name)
    return parser


def _more(verb: argparse.ArgumentParser, name: str) -> None:
    """Options of one verb alone."""
    if name in ("round", "teach"):
        verb.add_argument("--method", choices=("head", "calibration"), default="head", help="the most that is taught")
        verb.add_argument(
            "--boxes", action=argparse.BooleanOptionalAction, default=True, help="boxes teach, too, where maps are warm"
        )
    if name in ("round", "judge"):
        archives = home() / "model_store"
        verb.add_argument("--archives", type=Path, default=archives, help="folder of the archives that answer now")
    if name == "round":
        verb.add_argument(
            "--progress", type=Path, metavar="FILE", help="where it tells how far it is (LESSONS/round.json)"
        )
        verb.add_argument(
            "--lock", type=int, metavar="NUMBER", help="LESSONS/round.lock, where who starts this has locked it"
        )
    if name == "promote":
        how = verb.add_mutually_exclusive_group(required=True)
        how.add_argument("--shadow", type=float, nargs="?", const=1.0, metavar="SHARE", help="compute films too (1)")
        how.add_argument(
            "--canary", type=float, nargs="?", const=0.1, metavar="SHARE", help="answer some patients' (0.1)"
        )
        how.add_argument("--serve", action="store_true", help="answer all films")
    if name == "watch":
        verb.add_argument("--pairs", type=Path, default=RUN / "pairs", help="the gateway's CXR_PAIRS")
        verb.add_argument("--stop", action="store_true", help="roll back where a rule says so")


if __name__ == "__main__":
    sys.exit(main())

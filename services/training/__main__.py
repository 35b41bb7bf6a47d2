"""python -m training ACTION; training.arguments says which there are."""

import argparse
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import torch
import yaml

from cxr import pair
from cxr.backbone import BODIES
from training import holdout, reference, stages
from training.arguments import parser
from training.batches import workers_for
from training.chests import all_told
from training.classifier import ClassifierCourse
from training.course import CHECKPOINT, Course, fit, start_from
from training.crops import read_crops
from training.evaluate import evaluate, told_of_holdouts
from training.export import WEIGHTS, about_of, calibrated, export, read_checkpoint, source
from training.figures import table
from training.films import DataError, permissive, read_films
from training.layouts import command
from training.memory import FILE as MEMORY
from training.memory import remember
from training.numbers import command as numbers
from training.numbers import new
from training.paired import join
from training.quantised import quantise
from training.sought import Sought, chosen
from vocabulary.findings import FindingError
from vocabulary.problems.known import NUMBERS

SETTINGS = ("epochs", "rate", "body", "freeze", "teachers")
"""Of a stage, that fit takes other values for."""


def main() -> None:
    """Parse the command line and do what it says."""
    arguments = parser().parse_args()
    threads = getattr(arguments, "threads", 1)
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    try:
        ACTIONS[arguments.does](arguments)
    except (DataError, FindingError) as error:
        print(f"training: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _fit(arguments: argparse.Namespace) -> None:
    if arguments.findings and arguments.stage != "classifier":
        raise DataError(f"--findings are the classifier's: the stage {arguments.stage} learns none")
    if arguments.stage in NUMBERS:
        return numbers.fit(arguments)
    films = read_films(arguments.data, arguments.cache)
    if arguments.findings:
        films = films.seeking(chosen(arguments.findings, arguments.data))
    if arguments.licence == "permissive":
        films = permissive(films)
    if arguments.findings:
        all_told(films)
    if arguments.resume:
        _same_findings(arguments.out, films.sought)
    settings = settings_of(arguments)
    torch.manual_seed(arguments.seed)
    course = stages.course(arguments.stage, films, settings, arguments.segmenter, arguments.cache, arguments.device)
    if arguments.initial:
        _begin(course, arguments.initial, films.sought)
    about: dict[str, Any] = {"licence": arguments.licence, "rate": settings.rate}
    about["body"] = getattr(settings, "body", "")
    if films.sought.chosen:
        about["findings"] = films.sought.told
    if arguments.initial:
        about["began_with"] = hashlib.sha256(arguments.initial.read_bytes()).hexdigest()
    workers = workers_for(arguments.device, arguments.workers)
    fit(course, arguments.out, settings.epochs, arguments.seed, arguments.resume, about, workers)


def settings_of(arguments: argparse.Namespace) -> Any:
    """The stage's own, with what is given in their place; a body that is not given is (the first) of --initial."""
    given = {name: getattr(arguments, name) for name in SETTINGS}
    if arguments.initial and arguments.stage == "classifier":
        theirs = about_of(arguments.initial).get("body", "").split(pair.AND)[0]
        given["body"] = arguments.body or theirs or None
    return stages.settings(arguments.stage, given)


def _begin(course: Course, initial: Path, sought: Sought) -> None:
    """With weights of the same network; or with an EfficientNet's first stages, where a DenseNet goes on from them."""
    about = about_of(initial)
    shared = sought.shared(Sought.of(about)) if sought.chosen else None
    if not isinstance(course, ClassifierCourse):
        return start_from(course, initial, shared)
    body, theirs = course.settings.body, about.get("body") or BODIES[0]
    if body in (pair.PAIRED if theirs == pair.PAIR else (theirs,)):
        start_from(course, initial, shared, body)
    else:
        course.take_stem(initial)


def _same_findings(out: Path, sought: Sought) -> None:
    if (out / CHECKPOINT).exists() and (before := Sought.of(read_checkpoint(out)[1])).names != sought.names:
        raise DataError(f"{out / CHECKPOINT} learns {', '.join(before.names)}: go on with the same --findings")


def _export(arguments: argparse.Namespace) -> None:
    if arguments.stage in NUMBERS:
        return numbers.export(arguments)
    films = read_films(arguments.data, arguments.cache)
    trained = arguments.trained or Path("build/training") / arguments.stage
    export(arguments.stage, trained, arguments.store, films, arguments.segmenter, arguments.cache)


def _pair(arguments: argparse.Namespace) -> None:
    join(tuple(arguments.weights), arguments.out)
    print(f"{arguments.out / WEIGHTS}: {(arguments.out / WEIGHTS).stat().st_size / 1e6:.1f} MB")


def _quantise(arguments: argparse.Namespace) -> None:
    films, weights = read_films(arguments.data, arguments.cache), arguments.store / arguments.stage / WEIGHTS
    made = quantise(source(arguments.stage, weights, ""), films)
    calibrated(arguments.stage, arguments.store, films, arguments.segmenter, arguments.cache)
    print(f"{made}: {sum(made.with_suffix(end).stat().st_size for end in ('.xml', '.bin')) / 1e6:.1f} MB")


def _hold_out(arguments: argparse.Namespace) -> None:
    films = read_films(arguments.data, arguments.cache)
    crops = read_crops(films, arguments.segmenter, arguments.cache)
    planned = holdout.runs(arguments.epochs, set(films.rows["dataset"]), arguments.side)
    if arguments.only:
        planned = [run for run in planned if run.name in arguments.only]
    for figures in holdout.every(films, crops, planned, arguments.out, arguments.store, arguments.initial):
        print(table(figures))
        told_of_holdouts(arguments.store / "classifier", films.digest)


def _evaluate(arguments: argparse.Namespace) -> None:
    if arguments.stage in NUMBERS:
        return numbers.evaluate(arguments)
    films = read_films(arguments.data, arguments.cache)
    weights = arguments.weights or Path("model_store") / arguments.stage / WEIGHTS
    report = arguments.report or Path("build/report") / f"{arguments.stage}.html"
    print(table(evaluate(arguments.stage, weights, films, arguments.segmenter, arguments.cache, report)))
    print(f"\nReport: {report}. It shows films: keep it where they may be.")


def _reference(arguments: argparse.Namespace) -> None:
    if arguments.problem:
        return numbers.reference(arguments)
    answering = reference.Stages(arguments.store)
    made = reference.make(arguments.data, answering, arguments.films, arguments.seed)
    path = arguments.store / reference.FILE
    made.write(path)
    print(f"{path}: {made.about['films']} films, {len(made.scores)} scores, {len(made.image)} numbers of the image")


def _memory(arguments: argparse.Namespace) -> None:
    folder = arguments.store / "classifier"
    sought = Sought.of(about_of(folder / WEIGHTS))
    films = read_films(arguments.data, arguments.cache).seeking(sought)
    body = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]["body"]
    found = remember(
        films, read_crops(films, arguments.segmenter, arguments.cache), source("classifier", folder / WEIGHTS, body)
    )
    found.write(folder / MEMORY)
    print(f"{folder / MEMORY}: {len(found.classes)} films, {found.features.shape[1]} numbers of each")


ACTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "index": command.run,
    "new-problem": new.write,
    "fit": _fit,
    "export": _export,
    "pair": _pair,
    "quantise": _quantise,
    "evaluate": _evaluate,
    "holdout": _hold_out,
    "memory": _memory,
    "reference": _reference,
}
"""By their names in training.arguments."""


if __name__ == "__main__":
    main()

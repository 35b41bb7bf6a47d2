"""python -m training index | reference | memory, or fit | export | evaluate | holdout STAGE."""

import argparse
import hashlib
import sys
from pathlib import Path

import cv2
import torch
import yaml

from cxr.backbone import BODIES
from training import holdout, reference, stages
from training.batches import workers_for
from training.course import fit, start_from
from training.crops import read_crops
from training.evaluate import evaluate, told_of_holdouts
from training.export import WEIGHTS, export, source
from training.figures import table
from training.films import DataError, permissive, read_films
from training.layouts import command
from training.memory import FILE as MEMORY
from training.memory import remember
from training.numbers import command as numbers
from training.precision import device_of
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES

TRAINED = (*STAGES, *NUMBERS)
"""What fit, export and evaluate take."""

SETTINGS = ("epochs", "rate", "body", "teachers")
"""Of a stage, that fit takes other values for."""


def main() -> None:
    """Parse the command line and do what it says."""
    arguments = _parser().parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    try:
        arguments.run(arguments)
    except DataError as error:
        print(f"training: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _fit(arguments: argparse.Namespace) -> None:
    if arguments.stage in NUMBERS:
        return numbers.fit(arguments)
    films = read_films(arguments.data, arguments.cache)
    if arguments.licence == "permissive":
        films = permissive(films)
    settings = stages.settings(arguments.stage, {name: getattr(arguments, name) for name in SETTINGS})
    torch.manual_seed(arguments.seed)
    course = stages.course(arguments.stage, films, settings, arguments.segmenter, arguments.cache, arguments.device)
    if arguments.initial:
        start_from(course, arguments.initial)
    about = {"licence": arguments.licence, "rate": settings.rate, "body": getattr(settings, "body", "")}
    if arguments.initial:
        about["began_with"] = hashlib.sha256(arguments.initial.read_bytes()).hexdigest()
    workers = workers_for(arguments.device) if arguments.workers is None else arguments.workers
    fit(course, arguments.out, settings.epochs, arguments.seed, arguments.resume, about, workers)


def _export(arguments: argparse.Namespace) -> None:
    if arguments.stage in NUMBERS:
        return numbers.export(arguments)
    films = read_films(arguments.data, arguments.cache)
    trained = arguments.trained or Path("build/training") / arguments.stage
    export(arguments.stage, trained, arguments.store, films, arguments.segmenter, arguments.cache)


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
    answering = reference.Stages(arguments.store)
    made = reference.make(arguments.data, answering, arguments.films, arguments.seed)
    path = arguments.store / reference.FILE
    made.write(path)
    print(f"{path}: {made.about['films']} films, {len(made.scores)} scores, {len(made.image)} numbers of the image")


def _memory(arguments: argparse.Namespace) -> None:
    films = read_films(arguments.data, arguments.cache)
    folder = arguments.store / "classifier"
    body = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]["body"]
    found = remember(
        films, read_crops(films, arguments.segmenter, arguments.cache), source("classifier", folder / WEIGHTS, body)
    )
    found.write(folder / MEMORY)
    print(f"{folder / MEMORY}: {len(found.classes)} films, {found.features.shape[1]} numbers of each")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("training", description=__doc__)
    actions = parser.add_subparsers(required=True)
    command.describe(actions.add_parser("index", help="make an index.csv of data sets as they are published"))
    action = actions.add_parser("fit", help="train a stage; a checkpoint after each epoch")
    _common(action)
    action.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the log")
    action.add_argument("--epochs", type=int, help="instead of the stage's own number")
    action.add_argument(
        "--tuned-epochs", type=int, help=f"{', '.join(NUMBERS)}: how many epochs, the last ones, change the trunk too"
    )
    action.add_argument("--rate", type=float, help="highest learning rate, instead of the stage's own")
    action.add_argument("--body", choices=BODIES, help="of the classifier, instead of its own")
    action.add_argument(
        "--teachers",
        type=Path,
        nargs="+",
        help="classifier: weights.safetensors of others to learn from",
    )
    action.add_argument("--seed", type=int, default=1)
    action.add_argument(
        "--device", type=_device, default="auto", help="cpu, cuda, or auto (the default): a GPU where PyTorch finds one"
    )
    action.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="processes that draw examples; if not given, all cores but one for a GPU, and none beside a processor",
    )
    action.add_argument(
        "--licence", choices=("any", "permissive"), default="any", help="permissive: leave non-commercial films out"
    )
    action.add_argument("--initial", type=Path, help="segmenter, classifier: start from these weights.safetensors")
    action.add_argument("--resume", action="store_true", help="go on after the checkpoint in --out")
    action.set_defaults(run=_fit)
    action = actions.add_parser("export", help="write a checkpoint's weights and calibration to the model store")
    _common(action)
    action.add_argument("--from", dest="trained", type=Path, help="fit's --out, or weights.safetensors")
    action.add_argument("--store", type=Path, default=Path("model_store"))
    _others(action)
    action.set_defaults(run=_export)
    action = actions.add_parser("holdout", help="classifier: train without each source in turn, and judge on it")
    _common(action, ("classifier",))
    action.add_argument("--out", type=Path, default=Path("build/training/holdout"), help="folder for the runs")
    action.add_argument("--epochs", type=int, default=2, help="of each run")
    action.add_argument(
        "--side", type=int, default=holdout.COARSE_SIDE, help="pixels of the crop, from where a run goes on"
    )
    action.add_argument("--initial", type=Path, help="begin with these weights, which never saw what is left out")
    names = [run.name for run in holdout.runs(0, {name for sources in holdout.SOURCES for name in sources})]
    action.add_argument(
        "--only", nargs="+", choices=names, metavar="RUN", help=f"of {', '.join(names)}; all if not given"
    )
    action.add_argument("--store", type=Path, default=Path("model_store"))
    action.set_defaults(run=_hold_out)
    action = actions.add_parser("evaluate", help="measure exported weights on the test split")
    _common(action)
    action.add_argument("--weights", type=Path, help="model_store/STAGE/weights.safetensors if not given")
    action.add_argument("--report", type=Path, help="the HTML file; build/report/STAGE.html if not given")
    _others(action)
    action.set_defaults(run=_evaluate)
    action = actions.add_parser(
        "memory", help="what the classifier remembers of its films, for hospitals that teach it"
    )
    _common(action, ())
    action.add_argument("--store", type=Path, default=Path("model_store"))
    action.set_defaults(run=_memory)
    action = actions.add_parser("reference", help="what training films are like, for the gateway to compare with")
    action.add_argument("--data", type=Path, required=True, nargs="+", help="index.csv of films; several are joined")
    action.add_argument("--store", type=Path, default=Path("model_store"))
    action.add_argument("--films", type=int, default=reference.REFERENCE_FILMS, help="of the training split, at random")
    action.add_argument("--seed", type=int, default=1)
    action.add_argument("--threads", type=int, default=2, help="processor threads")
    action.set_defaults(run=_reference)
    return parser


def _others(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--others",
        type=Path,
        nargs="+",
        help=f"{', '.join(NUMBERS)}: index.csv of images that it has to refuse",
    )


def _device(name: str) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise argparse.ArgumentTypeError(f"{name!r} is not auto, cpu or cuda")
    try:
        return device_of(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _workers(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a number of processes, 0 or more")
    return int(text)


def _common(action: argparse.ArgumentParser, choices: tuple[str, ...] = TRAINED) -> None:
    if choices:
        action.add_argument("stage", choices=choices)
    action.add_argument(
        "--data", type=Path, required=True, nargs="+", help="index.csv of the films; several are joined"
    )
    action.add_argument("--cache", type=Path, default=Path("build/training/cache"), help="folder for packed films")
    action.add_argument(
        "--segmenter",
        type=Path,
        default=Path("model_store/segmenter/weights.safetensors"),
        help="weights whose lungs the classifier is shown",
    )
    action.add_argument("--threads", type=int, default=2, help="processor threads; 1 where two trainings run at once")


if __name__ == "__main__":
    main()

"""The words of `python -m training`."""

import argparse
from pathlib import Path

import torch

from cxr.backbone import BODIES
from training import holdout
from training.layouts import command
from training.numbers import new
from training.precision import device_of
from training.reference import REFERENCE_FILMS
from vocabulary.problems.known import NUMBERS
from vocabulary.stages import STAGES

ABOUT = """Trains the networks, makes their archives' files, and measures them: `index` writes a table of your films,
`fit` learns from it, `export` writes weights and calibration to the model store, `evaluate` measures them on films
that taught nothing, `reference` writes what they say of those that taught. `new-problem` begins one whose answer is a
number. The others are for the classifier: `holdout` and `memory`."""

WHERE_MORE = "docs/training.md has a whole course, from a folder of films to served weights."

TRAINED = (*STAGES, *NUMBERS)
"""What fit, export and evaluate take."""

STORE = Path("model_store")


def parser() -> argparse.ArgumentParser:
    """Of all actions; `does` is which."""
    made = argparse.ArgumentParser("training", description=ABOUT, epilog=WHERE_MORE)
    actions = made.add_subparsers(required=True, metavar="ACTION", dest="does")
    command.describe(actions.add_parser("index", help="make an index.csv of data sets as they are published"))
    new.describe(actions.add_parser("new-problem", help="write what a new problem needs whose answer is a number"))
    _fit(actions.add_parser("fit", help="train a stage; a checkpoint after each epoch"))
    _export(actions.add_parser("export", help="write a checkpoint's weights and calibration to the model store"))
    _pair(actions.add_parser("pair", help="classifier: join an EfficientNet and a DenseNet to one network"))
    _quantise(actions.add_parser("quantise", help="segmenter: write its 8-bit form, and calibrate it anew"))
    _evaluate(actions.add_parser("evaluate", help="measure exported weights on the test split"))
    _hold_out(actions.add_parser("holdout", help="classifier: train without each source in turn, and judge on it"))
    _memory(actions.add_parser("memory", help="what it remembers of its films, for hospitals that teach it"))
    _reference(actions.add_parser("reference", help="what training films are like, for the gateway to compare with"))
    return made


def _fit(action: argparse.ArgumentParser) -> None:
    _common(action)
    action.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the log")
    action.add_argument("--seed", type=int, default=1, help="of every random choice")
    action.add_argument("--resume", action="store_true", help="go on after the checkpoint in --out")
    licence = "permissive: leave non-commercial films out"
    action.add_argument("--licence", choices=("any", "permissive"), default="any", help=licence)
    _recipe(action)
    device = "cpu, cuda, or auto (the default): a GPU where PyTorch finds one"
    action.add_argument("--device", type=_device, default="auto", help=device)
    drawing = "processes that draw examples; if not given, all cores but one for a GPU, and none beside a processor"
    action.add_argument("--workers", type=_workers, metavar="N", help=drawing)


def _recipe(action: argparse.ArgumentParser) -> None:
    """What a stage's own settings say where nothing is given."""
    numbers = ", ".join(NUMBERS)
    action.add_argument("--epochs", type=int, help="instead of the stage's own number")
    action.add_argument(
        "--tuned-epochs", type=int, help=f"{numbers}: how many epochs, the last ones, change the trunk too"
    )
    action.add_argument("--rate", type=float, help="highest learning rate, instead of the stage's own")
    action.add_argument("--body", choices=BODIES, help="of the classifier; that of --initial if not given")
    freeze = "DenseNets: for how many epochs, the first ones, what is before the last two dense blocks stays as it was"
    action.add_argument("--freeze", type=int, metavar="EPOCHS", help=freeze)
    findings = "classifier: findings to learn instead of ours, as labels name them; findings.csv says them in words"
    action.add_argument("--findings", nargs="+", metavar="NAME", help=findings)
    teachers = "classifier: weights.safetensors of others to learn from"
    action.add_argument("--teachers", type=Path, nargs="+", help=teachers)
    initial = "segmenter, classifier: start from these weights.safetensors (densenet-lite0: or an EfficientNet's stem)"
    action.add_argument("--initial", type=Path, help=initial)


def _export(action: argparse.ArgumentParser) -> None:
    _common(action)
    action.add_argument("--from", dest="trained", type=Path, help="fit's --out, or weights.safetensors")
    action.add_argument("--store", type=Path, default=STORE)
    _others(action)


def _pair(action: argparse.ArgumentParser) -> None:
    action.add_argument("weights", type=Path, nargs=2, metavar="WEIGHTS", help="of the EfficientNet, of the DenseNet")
    action.add_argument("--out", type=Path, required=True, help="folder for the weights; then export --from them")


def _quantise(action: argparse.ArgumentParser) -> None:
    _common(action, ("segmenter",))
    action.add_argument("--store", type=Path, default=STORE)


def _hold_out(action: argparse.ArgumentParser) -> None:
    _common(action, ("classifier",))
    action.add_argument("--out", type=Path, default=Path("build/training/holdout"), help="folder for the runs")
    action.add_argument("--epochs", type=int, default=2, help="of each run")
    side = "pixels of the crop, from where a run goes on"
    action.add_argument("--side", type=int, default=holdout.COARSE_SIDE, help=side)
    action.add_argument("--initial", type=Path, help="begin with these weights, which never saw what is left out")
    names = [run.name for run in holdout.runs(0, {name for sources in holdout.SOURCES for name in sources})]
    only = f"of {', '.join(names)}; all if not given"
    action.add_argument("--only", nargs="+", choices=names, metavar="RUN", help=only)
    action.add_argument("--store", type=Path, default=STORE)


def _evaluate(action: argparse.ArgumentParser) -> None:
    _common(action)
    action.add_argument("--weights", type=Path, help="model_store/STAGE/weights.safetensors if not given")
    action.add_argument("--report", type=Path, help="the HTML file; build/report/STAGE.html if not given")
    _others(action)


def _memory(action: argparse.ArgumentParser) -> None:
    _common(action, ())
    action.add_argument("--store", type=Path, default=STORE)


def _reference(action: argparse.ArgumentParser) -> None:
    problem = "whose answer is a number, of its own films and stage; the chest's three stages if not given"
    action.add_argument("--problem", choices=NUMBERS, help=problem)
    action.add_argument("--data", type=Path, required=True, nargs="+", help="index.csv of films; several are joined")
    action.add_argument("--store", type=Path, default=STORE)
    action.add_argument("--films", type=int, default=REFERENCE_FILMS, help="of the training split, at random")
    action.add_argument("--seed", type=int, default=1)
    action.add_argument("--threads", type=int, default=2, help="processor threads")


def _others(action: argparse.ArgumentParser) -> None:
    refused = f"{', '.join(NUMBERS)}: index.csv of images that it has to refuse"
    action.add_argument("--others", type=Path, nargs="+", help=refused)


def _common(action: argparse.ArgumentParser, choices: tuple[str, ...] = TRAINED) -> None:
    if choices:
        action.add_argument("stage", choices=choices)
    action.add_argument(
        "--data", type=Path, required=True, nargs="+", help="index.csv of the films; several are joined"
    )
    action.add_argument("--cache", type=Path, default=Path("build/training/cache"), help="folder for packed films")
    segmenter = "weights whose lungs the classifier is shown"
    action.add_argument("--segmenter", type=Path, default=STORE / "segmenter" / "weights.safetensors", help=segmenter)
    action.add_argument("--threads", type=int, default=2, help="processor threads; 1 where two trainings run at once")


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

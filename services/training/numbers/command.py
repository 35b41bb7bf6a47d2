"""fit, export, evaluate and reference of a problem whose answer is a number, as training's other stages have them."""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch
import yaml
from safetensors import safe_open

from cxr import runtime
from cxr import stage as stages
from cxr.gauge import Gauge
from training.batches import workers_for
from training.course import fit as fit_course
from training.crops import as_served
from training.export import WEIGHTS
from training.figures import Figure, table, write_figures
from training.films import DataError
from training.numbers import figures, refusals, strangers
from training.numbers.course import GaugeCourse, GaugeSettings
from training.numbers.export import Material
from training.numbers.export import export as write
from training.numbers.films import Measured, read
from training.numbers.reference import make
from training.reference import FILE
from vocabulary.problems.known import NUMBERS
from vocabulary.problems.problem import Problem


def fit(arguments: argparse.Namespace) -> None:
    """Train; a checkpoint after each epoch."""
    given = {
        name: value for name in ("epochs", "rate", "tuned_epochs") if (value := getattr(arguments, name)) is not None
    }
    settings = replace(GaugeSettings(), **given)
    torch.manual_seed(arguments.seed)
    course = GaugeCourse(NUMBERS[arguments.stage], _films(arguments), settings, arguments.cache, arguments.device)
    about = {"rate": settings.rate, "tuned_epochs": settings.tuned_epochs}
    workers = workers_for(arguments.device, arguments.workers)
    fit_course(course, arguments.out, settings.epochs, arguments.seed, arguments.resume, about, workers)


def export(arguments: argparse.Namespace) -> None:
    """Write weights and calibration to the model store."""
    trained = arguments.trained or Path("build/training") / arguments.stage
    write(_material(arguments), trained, arguments.store)


def evaluate(arguments: argparse.Namespace) -> None:
    """Measure exported weights on the test split; metrics.json and the card's table are written beside them."""
    weights = arguments.weights or Path("model_store") / arguments.stage / WEIGHTS
    print(table(measure(_material(arguments), weights)))


def reference(arguments: argparse.Namespace) -> None:
    """Write what training films are like, in grey levels and in what the stage says of them."""
    problem = NUMBERS[arguments.problem]
    made = make(problem, _index(arguments, problem), arguments.store, arguments.films, arguments.seed)
    path = arguments.store / problem.name / FILE
    made.write(path)
    print(f"{path}: {made.about['films']} films, {len(made.scores)} scores, {len(made.image)} numbers of the image")


def measure(material: Material, weights: Path) -> list[Figure]:
    """The figures of exported weights, which are written beside them."""
    problem = material.problem
    config = yaml.safe_load((weights.parent / "model-config.yaml").read_text())["stage"]
    source = stages.source(problem.name, weights.parent, config)
    network, gauge = as_served(source), cast(Gauge, runtime.build(source))
    tested = figures.Tested(material, network, config)
    found = figures.figures(tested, config) + refusals.figures(material, tested, gauge, network, config)
    write_figures(weights.parent, _about(problem, weights, config, material.films.digest), found)
    return found


def _about(problem: Problem, weights: Path, config: dict[str, Any], digest: str) -> dict[str, Any]:
    with safe_open(weights, "pt") as file:
        trained = json.loads((file.metadata() or {})["training"])
    out = f"--out build/training/{problem.name}"
    return {
        "stage": problem.name,
        "version": config["version"],
        "fit": f"python -m training fit {problem.name} --data index.csv {out} --seed {trained['seed']}",
        **{name: value for name, value in trained.items() if name != "data_sha256"},
        "evaluate": f"python -m training evaluate {problem.name} --data index.csv --others others.csv",
        "data_sha256": digest,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }


def _films(arguments: argparse.Namespace) -> Measured:
    problem = NUMBERS[arguments.stage]
    return read(problem, _index(arguments, problem))


def _index(arguments: argparse.Namespace, problem: Problem) -> Path:
    index: Path
    if len(arguments.data) != 1:
        raise DataError(f"{problem.name}: expected one index")
    (index,) = arguments.data
    return index


def _material(arguments: argparse.Namespace) -> Material:
    if not arguments.others:
        raise DataError(f"{arguments.stage}: --others names the indexes of images that it has to refuse")
    problem = NUMBERS[arguments.stage]
    return Material.of(problem, _films(arguments), strangers.read(problem, arguments.others))

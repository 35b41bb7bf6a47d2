"""`make trial ARGS="figures"`: whether the weights in model_store still give the figures that are told of them.

It measures each stage on the whole data set (CXR_DATA), as `python -m training evaluate` does, and writes nothing. A
change of how films are read, sampled or cropped shows here.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from rich.console import Console

from cxr import stage as stages
from local.places import ROOT
from training import classification, discrimination, segmentation, sights
from training.chests import Chests
from training.crops import as_served, read_crops, read_network
from training.figures import Figure, Measured
from training.films import Films, digest, read_films
from training.judged import Judged
from vocabulary.stages import STAGES

STORE = ROOT / "model_store"
SEGMENTER = STORE / "segmenter/weights.safetensors"
FOLDERS = os.environ.get("CXR_DATA", "../shared/data/cxr"), os.environ.get("CXR_MORE_DATA", "../shared/data/adults")
INDEXES = [path for path in (Path(folder) / "index.csv" for folder in FOLDERS) if path.exists()]

TOLERANCE = 0.005
"""Of a share; of few films, one on the edge of a threshold is more than that, and is allowed."""


def main(words: Sequence[str]) -> int:
    """Measure and compare; 1 where a figure is another one now."""
    parser = argparse.ArgumentParser(prog='make trial ARGS="figures"', description=__doc__)
    parser.add_argument("--stage", action="append", choices=STAGES, help="only this one")
    parser.add_argument("--data", type=Path, nargs="+", default=INDEXES, help="index.csv files (CXR_DATA's)")
    given, console = parser.parse_args(words), Console(highlight=False, soft_wrap=True)
    if not given.data or not all(path.exists() for path in given.data):
        console.print("The data set is not there: say where its index.csv is with CXR_DATA or --data.")
        return 1
    wrong = []
    for stage in given.stage or STAGES:
        with tempfile.TemporaryDirectory(prefix="cxr-figures-") as folder:
            films = read_films(judged_on(stage, given.data), Path(folder))
            wrong += list(differing(stage, films, Path(folder)))
    for each in wrong:
        console.print(f"[red]differs:[/] {each}")
    console.print("every figure is as told" if not wrong else f"{len(wrong)} figures are not as told")
    return int(bool(wrong))


def judged_on(stage: str, indexes: Sequence[Path]) -> Sequence[Path]:
    """The first of the indexes as far as the stage was judged on them; all where it was judged on others."""
    told = json.loads((STORE / stage / "metrics.json").read_text())["data_sha256"]
    parts = [indexes[: count + 1] for count in range(len(indexes))]
    return next((part for part in parts if digest(part) == told), indexes)


def differing(stage: str, films: Films, cache: Path) -> Iterator[str]:
    """The figures of a stage that are not those of its metrics.json."""
    told = {
        (entry["what"], entry["data"]): entry
        for entry in json.loads((STORE / stage / "metrics.json").read_text())["figures"]
    }
    for figure in measured(stage, films, cache).figures:
        entry = told.get((figure.what, figure.data))
        if entry is None or figure.n != entry["n"] or not _alike(figure, entry["value"]):
            yield f"{stage}: {figure}, told: {entry}"


def _alike(figure: Figure, told: float) -> bool:
    return abs(figure.value - told) <= max(TOLERANCE, 1 / figure.n)


def measured(stage: str, films: Films, cache: Path) -> Measured:
    """The stage's figures as `training evaluate` measures them; not those that fit or change anything first."""
    config = yaml.safe_load((STORE / stage / "model-config.yaml").read_text())["stage"]
    weights = STORE / stage / "weights.safetensors"
    source = stages.source(stage, weights.parent, config)
    match stage:
        case "discriminator":
            network = read_network(source)
            judged = Judged.of(films, sights.served(films, network, cache, discrimination.SETTINGS))
            return discrimination.served(network, judged, config)
        case "segmenter":
            return segmentation.figures(as_served(source), films, read_crops(films, weights, cache), config)
    network = as_served(source)
    crops = read_crops(films, SEGMENTER, cache)
    tested, trained, held_out = (Chests(films, crops, *splits) for splits in (("test",), ("train",), ("val", "test")))
    return classification.figures(network, tested, held_out, trained, config, changes={})

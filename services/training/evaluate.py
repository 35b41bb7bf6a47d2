"""Measures a stage's served weights on the test split, decided with its model-config.yaml as in serving."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from cxr import stage as stages
from cxr.geometry import Square, paste
from cxr.pair import PAIR
from training import classification, discrimination, holdout, pointing, segmentation
from training.chests import Chests
from training.crops import as_served, read_crops, read_network
from training.export import about_of
from training.figures import Figure, Measured, read_figures, write_figures
from training.films import Films
from training.report import page
from training.sought import Sought


def evaluate(stage: str, weights: Path, films: Films, segmenter: Path, cache: Path, report: Path) -> list[Figure]:
    """Measure, and write metrics.json and the card's table beside the weights, and a report for people.

    Args:
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
        report: the HTML file. It shows films.
    """
    config = yaml.safe_load((weights.parent / "model-config.yaml").read_text())["stage"]
    trained = about_of(weights)
    films = films.seeking(Sought.of(trained))
    made = _made(stage, trained, films.sought)
    measured = measure(stage, weights, films, config, segmenter, cache)
    figures = measured.figures + holdout.recall(weights.parent / holdout.FILE, films.digest)
    about: dict[str, Any] = {
        "stage": stage,
        "version": config["version"],
        "fit": made,
        **{name: value for name, value in trained.items() if name != "data_sha256"},
        "evaluate": f"python -m training evaluate {stage} --data index.csv",
        "data_sha256": films.digest,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    write_figures(weights.parent, about, figures)
    outlines = _outlines(stage, films, weights if stage == "segmenter" else segmenter, cache)
    page.write(report, about, figures, measured.cases, films.pixels.__getitem__, outlines)
    return figures


def _made(stage: str, trained: Mapping[str, Any], sought: Sought) -> str:
    """The command that made the weights, by what they say of themselves."""
    out = f"--out build/training/{stage}"
    if trained.get("body") == PAIR:
        return f"python -m training pair efficientnet.safetensors densenet.safetensors {out}"
    chosen = f" --findings {' '.join(sought.names)}" if sought.chosen else ""
    return f"python -m training fit {stage} --data index.csv {out} --seed {trained['seed']}{chosen}"


def told_of_holdouts(folder: Path, data: str) -> None:
    """Put the figures of the runs so far into a classifier's metrics.json and card, in place of their older ones.

    Args:
        folder: of the classifier's weights; nothing is written where it was not evaluated on these data.
        data: sha256 of the index.
    """
    about, figures = read_figures(folder)
    if about.get("data_sha256") != data:
        return
    runs = holdout.recall(folder / holdout.FILE, data)
    told = {(figure.what, figure.data) for figure in runs}
    kept = [each for each in figures if holdout.WITHOUT not in each.data and (each.what, each.data) not in told]
    write_figures(folder, about, kept + runs)


def _outlines(stage: str, films: Films, segmenter: Path, cache: Path) -> page.Outlines:
    """The reader's lungs where there are any, and the segmenter's; none where neither was asked."""
    if stage == "discriminator":
        return lambda row: []
    crops = read_crops(films, segmenter, cache)

    def outlines(row: int) -> list[NDArray[np.uint8]]:
        shape = films.pixels[row].shape
        own, whole = films.masks[row], Square.whole(shape)
        reader = [cv2.resize(own, shape[::-1], interpolation=cv2.INTER_NEAREST)] if own.size else [np.zeros(shape)]
        return [np.asarray(mask, np.uint8) for mask in (*reader, paste(crops.mask(row), whole, shape))]

    return outlines


def measure(stage: str, weights: Path, films: Films, config: dict[str, Any], segmenter: Path, cache: Path) -> Measured:
    """The stage's figures on the test split."""
    source = stages.source(stage, weights.parent, config)
    match stage:
        case "discriminator":
            return discrimination.figures(read_network(source), films, config, cache)  # type: ignore[arg-type]
        case "segmenter":
            return segmentation.figures(as_served(source), films, read_crops(films, weights, cache), config)
    crops = read_crops(films, segmenter, cache)
    network = as_served(source)
    tested, trained, held_out = (Chests(films, crops, *splits) for splits in (("test",), ("train",), ("val", "test")))
    measured = classification.figures(network, tested, held_out, trained, config)
    pointed = pointing.figures(read_network(source), source.side, held_out)  # type: ignore[arg-type]
    return Measured([*measured.figures, *pointed], measured.cases)

"""Measures a stage's served weights on the test split, decided with its model-config.yaml as in serving."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from safetensors import safe_open

from training import classification, discrimination, holdout, segmentation
from training.chests import Chests
from training.crops import as_served, read_crops, read_network
from training.figures import Figure, Measured, write_card, write_metrics
from training.films import OUTPUTS, Films


def evaluate(stage: str, weights: Path, films: Films, segmenter: Path, cache: Path) -> list[Figure]:
    """Measure, and write metrics.json and the card's table beside the weights.

    Args:
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
    """
    config = yaml.safe_load((weights.parent / "model-config.yaml").read_text())["stage"]
    figures = measure(stage, weights, films, config, segmenter, cache).figures
    figures += holdout.recall(weights.parent / holdout.FILE)
    with safe_open(weights, "pt") as file:
        trained = json.loads((file.metadata() or {})["training"])
    about: dict[str, Any] = {
        "stage": stage,
        "version": config["version"],
        "fit": f"python -m training fit {stage} --data index.csv --out build/training/{stage} --seed {trained['seed']}",
        "licence": trained["licence"],
        "epochs": trained["epochs"],
        "seed": trained["seed"],
        "evaluate": f"python -m training evaluate {stage} --data index.csv",
        "data_sha256": films.digest,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    write_metrics(weights.parent / "metrics.json", about, figures)
    write_card(weights.parent / "card.md", figures)
    return figures


def measure(stage: str, weights: Path, films: Films, config: dict[str, Any], segmenter: Path, cache: Path) -> Measured:
    """The stage's figures on the test split."""
    match stage:
        case "discriminator":
            found = discrimination.figures(read_network(stage, weights), films, config)  # type: ignore[arg-type]
            return found if isinstance(found, Measured) else Measured(found, pd.DataFrame())
        case "segmenter":
            network = as_served(stage, weights, config["side"])
            return segmentation.figures(network, films, read_crops(films, weights, cache), config)
    crops = read_crops(films, segmenter, cache)
    network = as_served(stage, weights, config["side"], OUTPUTS)
    tested, trained = (Chests(films, crops, split) for split in ("test", "train"))
    return classification.figures(network, tested, trained, config)

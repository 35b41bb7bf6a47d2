"""Measures a stage's served weights on the test split, decided with its model-config.yaml as in serving."""

import hashlib
from pathlib import Path
from typing import Any

import yaml
from safetensors import safe_open

from training import classification, discrimination, segmentation
from training.crops import read_crops, read_network
from training.figures import Figure, write_card, write_metrics
from training.films import CLASSES, Films


def evaluate(stage: str, weights: Path, films: Films, segmenter: Path, cache: Path) -> list[Figure]:
    """Measure, and write metrics.json and the card's table beside the weights.

    Args:
        segmenter: weights of the trained segmenter, for the classifier's crops.
        cache: folder for those crops.
    """
    config = yaml.safe_load((weights.parent / "model-config.yaml").read_text())["stage"]
    figures = measure(stage, weights, films, config, segmenter, cache)
    with safe_open(weights, "pt") as file:
        trained = file.metadata() or {}
    about: dict[str, Any] = {
        "stage": stage,
        "version": config["version"],
        "fit": f"python -m training fit {stage} --data index.csv --out build/training/{stage} --seed {trained['seed']}",
        "licence": trained["licence"],
        "epochs": int(trained["epochs"]),
        "seed": int(trained["seed"]),
        "evaluate": f"python -m training evaluate {stage} --data index.csv",
        "data_sha256": films.digest,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    write_metrics(weights.parent / "metrics.json", about, figures)
    write_card(weights.parent / "card.md", figures)
    return figures


def measure(
    stage: str, weights: Path, films: Films, config: dict[str, Any], segmenter: Path, cache: Path
) -> list[Figure]:
    """The stage's figures on the test split."""
    network: Any = read_network(stage, weights, len(CLASSES))
    match stage:
        case "discriminator":
            return discrimination.figures(network, films, config)
        case "segmenter":
            return segmentation.figures(network, films, read_crops(films, weights, cache), config)
    return classification.figures(network, films, read_crops(films, segmenter, cache), config)

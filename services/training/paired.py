"""Two trained classifiers, an EfficientNet and a DenseNet, as the one network that is served."""

import hashlib
from pathlib import Path
from typing import Any

from cxr import runtime
from cxr.classifier import Classifier
from cxr.pair import PAIR, PAIRED, Pair
from training.export import about_of, halved, source, write_weights
from training.films import DataError
from training.sought import Sought


def join(weights: tuple[Path, Path], out: Path) -> None:
    """Write the weights of a pair, which export calibrates.

    Args:
        weights: exported ones of the two, in the order of PAIRED.
        out: folder for weights.safetensors.

    Raises:
        DataError: one has another body, or the two say different things.
    """
    told = [about_of(path) for path in weights]
    for path, about, body in zip(weights, told, PAIRED, strict=True):
        if (theirs := about.get("body") or PAIRED[0]) != body:
            raise DataError(f"{path} has the body {theirs} where a pair has {body}")
    if Sought.of(told[0]).names != Sought.of(told[1]).names:
        raise DataError(f"{weights[0]} and {weights[1]} learned different findings")
    networks = [runtime.build(source("classifier", path, body)) for path, body in zip(weights, PAIRED, strict=True)]
    both = Pair.of(*(network for network in networks if isinstance(network, Classifier)))
    write_weights(out, halved(both), _about(weights, told))


def _about(weights: tuple[Path, Path], told: list[dict[str, Any]]) -> dict[str, Any]:
    """What weights say of where they come from; of two licences the narrower."""
    licences = {about.get("licence", "any") for about in told}
    about: dict[str, Any] = {"body": PAIR, "licence": "permissive" if licences == {"permissive"} else "any"}
    about["began_with"] = [hashlib.sha256(path.read_bytes()).hexdigest() for path in weights]
    return about | {"findings": told[0]["findings"]} if "findings" in told[0] else about

"""The features of a hospital's films, as the served segmenter and classifier see them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from safetensors.torch import load_file
from tqdm import tqdm

from cxr.networks import Classifier
from cxr.radiograph import Pixels
from learning.errors import LearningError
from learning.head import Head
from learning.labels import INDEX, Labels
from learning.progress import Teller
from training.chests import chest
from training.crops import read_crops, read_network
from training.export import WEIGHTS, source
from training.films import read_films
from training.memory import FILE as MEMORY
from training.memory import Memory, body_digest, pooled
from vocabulary.conditions import CLASSES

CONFIG = "model-config.yaml"


@dataclass(frozen=True)
class Parent:
    """The served classifier: its last layer, its configuration, and what it remembers of the base films."""

    store: Path
    head: Head
    config: dict[str, Any]
    memory: Memory
    findings: Head
    """Their rows, in the order of their names."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the findings that it was trained for."""
        return tuple(self.config["trained_findings"])

    @property
    def temperature(self) -> float:
        """Divides the logits."""
        return float(self.config["temperature"])

    @property
    def identity(self) -> dict[str, str]:
        """Its version, and the digest of its weights."""
        weights = (self.store / "classifier" / WEIGHTS).read_bytes()
        return {"version": str(self.config["version"]), "weights": hashlib.sha256(weights).hexdigest()}


def read_parent(store: Path) -> Parent:
    """From a model store.

    Raises:
        LearningError: something is missing, or the memory is another classifier's.
    """
    folder = store / "classifier"
    try:
        tensors = load_file(folder / WEIGHTS)
        config = yaml.safe_load((folder / CONFIG).read_text())["stage"]
        memory = Memory.read(folder / MEMORY)
    except (OSError, ValueError, KeyError) as error:
        raise LearningError(f"{store} is no model store that can be taught: {error}") from error
    if memory.body != body_digest(folder / WEIGHTS):
        raise LearningError(f"{folder / MEMORY} is of other weights: python -m training memory makes it anew")
    layer, bias = (tensors[f"maps.{name}"].float().numpy().astype(np.float64) for name in ("weight", "bias"))
    count = len(CLASSES)
    heads = (Head(layer[part, :, 0, 0], bias[part]) for part in (slice(count), slice(count, None)))
    return Parent(store, next(heads), config, memory, next(heads))


def look_at(labels: Labels, store: Path, segmenter: Path, teller: Teller) -> NDArray[np.float32]:
    """The features of each film of an export, shape (films, width). Its pictures leave no copy on the disk.

    Args:
        store: of the classifier.
        segmenter: weights of the served one.
    """
    folder = store / "classifier"
    config = yaml.safe_load((folder / CONFIG).read_text())["stage"]
    network = read_network(source("classifier", folder / WEIGHTS, config["body"]))
    if not isinstance(network, Classifier):
        raise TypeError("the classifier's weights make a classifier")
    with TemporaryDirectory(prefix="cxr-learning-") as temporary:
        shown = _shown(labels, segmenter, Path(temporary), config["side"], teller)
        return pooled(network, tqdm(shown, "films", len(labels.rows), unit="film", mininterval=5))


def _shown(labels: Labels, segmenter: Path, cache: Path, side: int, teller: Teller) -> Iterator[Pixels]:
    films = read_films([labels.folder / INDEX], cache)
    count = len(labels.rows)
    teller.step("Finding the lungs", len(films.rows))
    crops = read_crops(films, segmenter, cache, teller.films)
    row = {name: at for at, name in enumerate(films.rows["image"])}
    teller.step("Looking at the films", count)
    for done, name in enumerate(labels.rows["image"], 1):
        yield chest(films, crops, row[name]).shown(side)
        teller.films(done, count)

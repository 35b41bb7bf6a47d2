"""The features of a hospital's films, as the served segmenter and classifier see them."""

import hashlib
from collections import Counter
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

from cxr.classifier import Evidence
from cxr.radiograph import Pixels
from learning.errors import LearningError
from learning.head import Head
from learning.labels import INDEX, Labels
from learning.marks import Marked, marked
from learning.progress import Teller
from training.chests import Chest, chest
from training.crops import Crops, read_crops, read_network
from training.export import WEIGHTS, source
from training.films import Films, read_films
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


@dataclass(frozen=True)
class Seen:
    """What the classifier sees of an export's films, before its last layer."""

    features: NDArray[np.float32]
    """Shape (films, width)."""
    marked: Marked
    """Where readers drew boxes."""


def look_at(labels: Labels, store: Path, segmenter: Path, teller: Teller) -> Seen:
    """The features of each film of an export. Its pictures leave no copy on the disk.

    Args:
        store: of the classifier.
        segmenter: weights of the served one.
    """
    folder = store / "classifier"
    config = yaml.safe_load((folder / CONFIG).read_text())["stage"]
    network = read_network(source("classifier", folder / WEIGHTS, config["body"]))
    if not isinstance(network, Evidence):
        raise TypeError("the classifier's weights make a classifier")
    with TemporaryDirectory(prefix="cxr-learning-") as temporary:
        films = read_films([labels.folder / INDEX], Path(temporary))
        teller.step("Finding the lungs", len(films.rows))
        chests = _Chests(labels, films, read_crops(films, segmenter, Path(temporary), teller.films))
        shown = tqdm(chests.shown(config["side"], teller), "films", len(labels.rows), unit="film", mininterval=5)
        features = pooled(network, shown)
        if not labels.boxes.drawn:
            return Seen(features, Marked([], Counter(labels.boxes.left_out)))
        teller.step("Looking at the boxes")
        return Seen(features, marked(network, labels.boxes, chests.__getitem__, config["side"]))


class _Chests:
    """The films of an export, in the order of its labels."""

    def __init__(self, labels: Labels, films: Films, crops: Crops) -> None:
        self._films, self._crops = films, crops
        row = {name: at for at, name in enumerate(films.rows["image"])}
        self._rows = [row[name] for name in labels.rows["image"]]

    def __getitem__(self, film: int) -> Chest:
        return chest(self._films, self._crops, self._rows[film])

    def shown(self, side: int, teller: Teller) -> Iterator[Pixels]:
        """What the classifier is shown of each."""
        teller.step("Looking at the films", count := len(self._rows))
        for done in range(count):
            yield self[done].shown(side)
            teller.films(done + 1, count)

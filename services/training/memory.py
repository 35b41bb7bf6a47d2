"""What the served classifier remembers of the films that it learned from: features, from which no film can be drawn.

A hospital that teaches it needs them, so that it does not forget (services/learning), and the films cannot travel.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tqdm import tqdm

from cxr.classifier import Evidence
from cxr.radiograph import Pixels
from cxr.runtime import Source
from training.chests import Chests
from training.classifier import balance
from training.crops import Crops, read_network
from training.films import Films

FILE = "memory.npz"
"""Beside the weights of the classifier."""

BATCH = 32
SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Memory:
    """Of the frontal films with a known class, in an order that tells nothing."""

    features: NDArray[np.float16]
    """Shape (films, width): Evidence.pooled."""
    classes: NDArray[np.int8]
    findings: NDArray[np.int8]
    """Shape (films, the trained findings of model-config.yaml): 1, 0 or UNKNOWN."""
    split: NDArray[np.int8]
    """Position in SPLITS."""
    source: NDArray[np.str_]
    patient: NDArray[np.int32]
    """The same for films of a patient; numbers that were drawn, no names."""
    weight: NDArray[np.float32]
    """How often training draws the film, of the train split; 0 in the others."""
    body: str
    """Digest of the network that finds these features: body_digest."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """What write wrote.

        Raises:
            OSError: it cannot be read.
            ValueError: it is something else.
        """
        with np.load(path) as stored:
            if missing := [field.name for field in fields(cls) if field.name not in stored]:
                raise ValueError(f"{path}: not a memory of this version, without {missing[0]}")
            values = {field.name: stored[field.name] for field in fields(cls)}
        return cls(**values | {"body": str(values["body"])})

    def write(self, path: Path) -> None:
        """Whole, or not at all."""
        partial = path.with_name(f".{path.name}.partial.npz")
        np.savez_compressed(partial, **{field.name: getattr(self, field.name) for field in fields(self)})
        os.replace(partial, path)

    def of(self, *splits: str) -> NDArray[np.int64]:
        """Positions of the films of some splits."""
        return np.flatnonzero(np.isin(self.split, [SPLITS.index(name) for name in splits]))


def remember(films: Films, crops: Crops, served: Source, seed: int = 0) -> Memory:
    """The features that a classifier's weights find in all films with a class."""
    order = np.random.default_rng(seed)
    parts = [(split, Chests(films, crops, split)) for split in SPLITS]
    network = read_network(served)
    if not isinstance(network, Evidence):
        raise TypeError("only a classifier remembers")
    found = np.concatenate([looked_at(network, chests, served.side, split) for split, chests in parts])
    patients = np.unique(np.concatenate([chests.rows["patient_id"] for _, chests in parts]).astype(str))
    numbers = dict(zip(patients, order.permutation(len(patients)), strict=True))
    at = order.permutation(len(found))
    split = np.repeat(np.arange(len(SPLITS)), [len(chests) for _, chests in parts])
    train = balance(parts[0][1].rows) if len(parts[0][1]) else np.zeros(0)
    return Memory(
        features=found[at].astype(np.float16),
        classes=np.concatenate([chests.classes for _, chests in parts])[at].astype(np.int8),
        findings=np.concatenate([chests.findings for _, chests in parts])[at].astype(np.int8),
        split=split[at].astype(np.int8),
        source=np.concatenate([chests.rows["dataset"] for _, chests in parts]).astype(np.str_)[at],
        patient=np.array([numbers[str(name)] for _, chests in parts for name in chests.rows["patient_id"]], np.int32)[
            at
        ],
        weight=np.concatenate([train, np.zeros(len(found) - len(train))])[at].astype(np.float32),
        body=body_digest(served.weights),
    )


def looked_at(network: Evidence, chests: Chests, side: int, label: str = "films") -> NDArray[np.float32]:
    """Features of films with a class, as serving shows them, shape (films, width)."""
    shown = (chests[index].shown(side) for index in range(len(chests)))
    return pooled(network, tqdm(shown, label, len(chests), unit="film", mininterval=5))


@torch.inference_mode()
def pooled(network: Evidence, shown: Iterable[Pixels]) -> NDArray[np.float32]:
    """Features of what is shown of films, each of shape (side, side); shape (films, width)."""
    found = [np.zeros((0, network.maps.in_channels), np.float32)]
    for some in batched(shown, BATCH):
        batch = torch.from_numpy(np.stack(some)[:, None]).contiguous(memory_format=torch.channels_last)
        found.append(np.asarray(network.pooled(batch).float().numpy(), np.float32))
    return np.concatenate(found)


def body_digest(weights: Path) -> str:
    """sha256, as hex, of all that makes a classifier's features: its weights but those of its last layer."""
    total = hashlib.sha256()
    for name, tensor in sorted(load_file(weights).items()):
        if not name.startswith("maps."):
            total.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return total.hexdigest()


def batched(values: Iterable[Pixels], size: int) -> Iterator[list[Pixels]]:
    """Lists of as many, and one of the rest."""
    iterator = iter(values)
    while some := list(islice(iterator, size)):
        yield some

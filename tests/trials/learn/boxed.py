"""Simulated hospitals whose readers draw boxes: SIIM and NIH, as features of a classifier new to their films."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.torch import load_file
from tqdm import tqdm

from cxr.classifier import Classifier
from learning.boxes import Drawn, outputs
from learning.head import Head
from learning.marks import Mark, marks_of
from learning.places import Places, places
from training.chests import Chests
from training.classifier import balance
from training.crops import read_crops
from training.films import Films, read_films
from training.memory import SPLITS, Memory
from training.precision import laid_out
from training.settings import CROP_SIDE as SIDE
from vocabulary.conditions import CLASSES

SITES = ("siim", "nih")

FILMS = {"siim": 900, "nih": 900, "replayed": 600, "val": 300, "test": 400}
"""Films that are looked at: of each hospital, and of the sources that the parent knows."""


@dataclass(frozen=True)
class Hospital:
    """Films of one source."""

    features: NDArray[np.float32]
    """Shape (films, width)."""
    classes: NDArray[np.int64]
    findings: NDArray[np.int64]
    patients: NDArray[np.str_]
    marks: list[Mark]

    def __getitem__(self, films: NDArray[np.int64]) -> "Hospital":
        """Of some of its films; without marks, which count films by their place in all of them."""
        parts = (self.features, self.classes, self.findings, self.patients)
        return Hospital(*(part[films] for part in parts), marks=[])


@dataclass(frozen=True)
class Boxed:
    """A parent, hospitals that it does not know, and what it knows."""

    head: Head
    memory: Memory
    sites: dict[str, Hospital]


def prepare(indexes: Sequence[Path], cache: Path, segmenter: Path, weights: Path, folder: Path) -> Boxed:
    """Look at the films; what was seen before is read from the folder.

    Args:
        weights: of a classifier that saw no film of SITES that is not in the first index, which has what it knows.
    """
    films = read_films(indexes, cache)
    chests = Chests(films, read_crops(films, segmenter, cache), *SPLITS)
    tensors = {name: value.float() for name, value in load_file(weights).items()}
    network = Classifier(len(tensors["maps.bias"]))  # its findings were others
    network.load_state_dict(tensors)
    network = laid_out(network).eval()
    folder.mkdir(parents=True, exist_ok=True)
    seen = {}
    for name, chosen in _chosen(films, chests, indexes[0].parent).items():
        kept = folder / f"boxed-{films.digest[:8]}-{name}.npz"
        if not kept.exists():
            _look(network, chests, chosen, kept, name)
        with np.load(kept) as stored:
            seen[name] = {part: stored[part] for part in stored.files}
    sites = {name: _hospital(chests, seen[name]) for name in SITES}
    row, bias = (tensors[f"maps.{name}"][: len(CLASSES)].double().numpy() for name in ("weight", "bias"))
    return Boxed(Head(row[:, :, 0, 0], bias), _memory(chests, seen), sites)


def _chosen(films: Films, chests: Chests, known: Path) -> dict[str, NDArray[np.int64]]:
    """Which films are looked at: by chance, the same each time, all of a patient or none."""
    rows, random = chests.rows, np.random.default_rng(0)
    own = (films.rows["root"].iloc[chests.chosen] == str(known)).to_numpy()
    parts = {name: (rows["dataset"] == name).to_numpy() & ~own for name in SITES}
    chosen = {name: _patients(np.flatnonzero(part), rows, FILMS[name], random) for name, part in parts.items()}
    train = np.flatnonzero(own & (rows["split"] == "train").to_numpy())
    share = balance(rows.iloc[train].reset_index(drop=True))
    chosen["replayed"] = random.choice(train, FILMS["replayed"], replace=False, p=share)
    for split in ("val", "test"):
        there = np.flatnonzero(own & (rows["split"] == split).to_numpy())
        chosen[split] = random.permutation(there)[: FILMS[split]]
    return chosen


def _patients(
    there: NDArray[np.int64], rows: pd.DataFrame, count: int, random: np.random.Generator
) -> NDArray[np.int64]:
    patients = rows["patient_id"].to_numpy(str)[there]
    order = {name: at for at, name in enumerate(random.permutation(np.unique(patients)))}
    return there[np.argsort([order[name] for name in patients], kind="stable")][:count]


def _look(network: Classifier, chests: Chests, chosen: NDArray[np.int64], kept: Path, name: str) -> None:
    pooled, coarse, shown, boxed = [], [], [], []
    films = tqdm((chests[int(index)].shown(SIDE) for index in chosen), name, len(chosen), unit="film", mininterval=5)
    for at, found in enumerate(places(network, films)):
        pooled.append(found.mean(np.ones_like(found.shown)))
        if name in SITES and chests.marked(int(chosen[at])):
            boxed.append(at)
            coarse.append(found.features.astype(np.float16))
            shown.append(found.shown.astype(np.float32))
    partial = kept.with_name(f".{kept.name}.partial.npz")
    np.savez(
        partial,
        chosen=chosen,
        pooled=np.array(pooled, np.float32),
        boxed=np.array(boxed, np.int64),
        coarse=np.array(coarse),
        shown=np.array(shown),
    )
    partial.replace(kept)


def _hospital(chests: Chests, seen: dict[str, NDArray[Any]]) -> Hospital:
    chosen = seen["chosen"].astype(np.int64)
    marks: list[Mark] = []
    for at, coarse, shown in zip(seen["boxed"].tolist(), seen["coarse"], seen["shown"], strict=True):
        found = Places(coarse.astype(np.float32), shown.astype(np.float64))
        square = chests[int(chosen[at])].square
        marks += marks_of(list(_drawn(chests, int(chosen[at]), at)), square, found, Counter())
    patients = chests.rows["patient_id"].to_numpy(str)[chosen]
    return Hospital(seen["pooled"].astype(np.float32), chests.classes[chosen], chests.findings[chosen], patients, marks)


def _drawn(chests: Chests, index: int, film: int) -> Iterator[Drawn]:
    """A film's boxes as the reading room's export would tell them."""
    label = CLASSES[chests.classes[index]]
    for marked in chests.marked(index):
        for row, column, rows, columns in marked.boxes.tolist():
            yield Drawn(film, "reader", outputs(label, marked.finding), row, column, rows, columns)


def _memory(chests: Chests, seen: dict[str, dict[str, NDArray[Any]]]) -> Memory:
    """What the parent remembers of the films that it knows."""
    names = {"replayed": "train", "val": "val", "test": "test"}
    chosen = np.concatenate([seen[name]["chosen"] for name in names]).astype(np.int64)
    rows = chests.rows.iloc[chosen]
    split = np.concatenate([np.full(len(seen[name]["chosen"]), SPLITS.index(of)) for name, of in names.items()])
    _, patients = np.unique(rows["patient_id"].to_numpy(str), return_inverse=True)
    return Memory(
        features=np.concatenate([seen[name]["pooled"] for name in names]).astype(np.float16),
        classes=chests.classes[chosen].astype(np.int8),
        findings=chests.findings[chosen].astype(np.int8),
        split=split.astype(np.int8),
        source=rows["dataset"].to_numpy(str),
        patient=patients.astype(np.int32),
        weight=(split == 0).astype(np.float32),
        body="",
    )

"""A candidate as something that can be served: a model store with other weights, and its archive."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from certificates.certificate import Archive, Point, Release
from cxr.stage import digest
from imaging.reference import Bins, Reference
from learning import beside
from learning.errors import LearningError
from learning.head import Head, as_served, probabilities
from learning.looking import CONFIG, Parent
from learning.taught import Taught
from training.export import WEIGHTS
from training.memory import FILE as MEMORY
from training.reference import FILE as REFERENCE
from training.sought import Sought
from vocabulary.conditions import CLASSES

STORE, ARCHIVES = "model_store", "archives"
"""In a lesson's folder: the candidate's stage, as the model store has it, and its archive."""


def write_store(taught: Taught, parent: Parent, points: list[Point]) -> Path:
    """The candidate's weights and configuration; features, and so its memory, are the parent's.

    Args:
        points: the operating points that it is served with.
    """
    folder = taught.folder / STORE / "classifier"
    folder.mkdir(parents=True, exist_ok=True)
    _write_weights(parent.store / "classifier" / WEIGHTS, folder / WEIGHTS, taught)
    moved = parent.config["operating_points"] | {point.label: point.after for point in points}
    changed = {"version": f'"{version(parent.config, taught.number)}"', "operating_points": f"{moved}"}
    rewrite_config(parent.store / "classifier" / CONFIG, folder / CONFIG, changed)
    shutil.copyfile(parent.store / "classifier" / MEMORY, folder / MEMORY)
    _write_reference(parent, taught.candidate, taught.folder / STORE / REFERENCE, taught.number)
    return taught.folder / STORE


def version(config: Mapping[str, Any], lesson: int) -> str:
    """Of the candidate: the version that was first taught, and the lesson's number.

    Args:
        config: the parent's, the stage section.
        lesson: its number.
    """
    first = str(config["version"]).split("-lesson.")[0]
    return f"{first}-lesson.{lesson}"


def _write_weights(before: Path, after: Path, taught: Taught) -> None:
    tensors = load_file(before)
    with safe_open(before, "pt") as file:
        about: dict[str, Any] = json.loads((file.metadata() or {})["training"])
    layer, bias = tensors["maps.weight"].clone(), tensors["maps.bias"].clone()
    count = len(CLASSES)
    layer[:count, :, 0, 0] = torch.from_numpy(taught.candidate.weight).to(layer.dtype)
    bias[:count] = torch.from_numpy(taught.candidate.bias).to(bias.dtype)
    for name, (row, offset) in taught.findings.items():
        at = count + Sought.of(about).names.index(name)
        layer[at, :, 0, 0], bias[at] = torch.from_numpy(row).to(layer.dtype), offset
    tensors |= {"maps.weight": layer, "maps.bias": bias}
    save_file(tensors, after, {"training": json.dumps(about | {"lesson": taught.recipe["labels"]}, sort_keys=True)})


def rewrite_config(before: Path, after: Path, changed: Mapping[str, str]) -> None:
    """The parent's model-config.yaml, comments and all, with other lines in its stage section, which is the last one.

    Args:
        changed: name to what stands behind its colon; what the parent does not have is added at the end.
    """
    lines = before.read_text().splitlines(keepends=True)
    new = {f"  {name}:": f"  {name}: {value}\n" for name, value in changed.items()}
    kept = [next((line for start, line in new.items() if old.startswith(start)), old) for old in lines]
    kept += [line for start, line in new.items() if not any(old.startswith(start) for old in lines)]
    after.write_text("".join(kept))


def _write_reference(parent: Parent, candidate: Head, path: Path, lesson: int) -> None:
    """The parent's, with the candidate's probabilities of films that the parent learned from: else every new release
    would look like a drift."""
    reference = Reference.read(parent.store / REFERENCE)
    memory = parent.memory
    films = memory.of("train")
    found = probabilities(candidate, memory.features[films], parent.temperature)
    classes = {name: Bins.of(found[:, at].tolist()) for at, name in enumerate(CLASSES)}
    stages, now = reference.about["stages"], version(parent.config, lesson)
    about = reference.about | {"stages": stages | {"classifier": stages["classifier"] | {"version": now}}}
    replace(reference, about=about, scores=reference.scores | classes).write(path)


def build_archive(lesson: Path, store: Path, stage: str) -> Path:
    """A taught stage's archive, in the lesson's folder.

    Raises:
        LearningError: it could not be built.
    """
    out = lesson / ARCHIVES
    done = beside.run("local.archives", stage, "--store", str(store), "--out", str(out))
    if done.returncode:
        raise LearningError(f"the archive was not built: {done.stderr.strip().splitlines()[-1:]}")
    return out / f"{stage}.mar"


def release(archives: dict[str, Path]) -> Release:
    """Which archives answer together: stage to its file.

    Raises:
        LearningError: one is missing.
    """
    if missing := [str(path) for path in archives.values() if not path.is_file()]:
        raise LearningError(f"{missing[0]} is missing: build the archives (make models)")
    return Release(archives={stage: _archive(path) for stage, path in archives.items()})


def _archive(path: Path) -> Archive:
    """As TorchServe unpacks it, and so as the stage will tell."""
    with tempfile.TemporaryDirectory(prefix="cxr-archive-") as folder, zipfile.ZipFile(path) as packed:
        packed.extractall(folder)
        config = yaml.safe_load((Path(folder) / CONFIG).read_text())["stage"]
        return Archive(version=config["version"], digest=digest(Path(folder)))


def judged_scores(head: Head, features: NDArray[np.floating], parent: Parent) -> NDArray[np.float64]:
    """Probabilities as they will be served."""
    return probabilities(as_served(head), features, parent.temperature)

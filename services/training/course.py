"""How a stage is trained, whatever the stage: epochs, learning rate, checkpoints."""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from cxr.pair import part
from training.batches import Batch, Drawn, batches
from vocabulary.conditions import CLASSES

CHECKPOINT = "checkpoint.pt"
"""The file that fit writes after each epoch, and that export and --resume read."""

MOST_PASSES = 4
"""Of an epoch over the films of a small set, so that an epoch of a hundred films takes no ten minutes. The shipped
weights' sets are larger: there, an epoch is a part of the films."""

LAST = "maps."
"""How the names of the weights of a classifier's last layer begin, which has a row for each class and finding."""

AVERAGE_KEPT = 0.995
"""Share of the running average that a step keeps: a memory of two hundred steps."""


class Course(Protocol):
    """One stage's training."""

    modules: dict[str, nn.Module]
    """What is trained. "network" learns; "average", which averaged makes of it, is validated and served."""

    optimisers: dict[str, torch.optim.Optimizer]
    rate: float
    """The highest learning rate."""

    device: torch.device
    """Where the modules are."""

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""

    def draw(self, random: np.random.Generator) -> Drawn:
        """A batch of the epoch that steps was asked for last; see training.batches."""

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from a batch, and say how it went."""

    def validate(self) -> dict[str, float]:
        """Figures of the validation split."""


def fit(
    course: Course,
    out: Path,
    epochs: int,
    seed: int,
    resume: bool,
    about: Mapping[str, Any] = MappingProxyType({}),
    workers: int = 0,
) -> int:
    """Train to the last epoch, with a checkpoint after each.

    Args:
        out: folder for the checkpoint and log.jsonl.
        seed: decides, with the epoch's number, every random choice, so that a resumed run draws the same batches.
        resume: go on after the checkpoint's epoch if there is one.
        about: what the checkpoint is to say of where it comes from, beside epochs and seed.
        workers: processes that draw the batches; none: this one does.

    Returns:
        How many epochs the network has learned for: more than asked for, if it had before.
    """
    out.mkdir(parents=True, exist_ok=True)
    done = restore(course, out) if resume and (out / CHECKPOINT).exists() else 0
    for epoch in range(done, epochs):
        began = time.monotonic()
        losses = _epoch(course, epoch, epochs, seed, workers)
        save(course, out, {"epochs": epoch + 1, "seed": seed, **about})
        entry = {"epoch": epoch + 1, "seconds": round(time.monotonic() - began), **losses, **course.validate()}
        line = json.dumps({key: round(value, 4) for key, value in entry.items()})
        tqdm.write(line)
        with (out / "log.jsonl").open("a") as log:
            log.write(line + "\n")
    return max(done, epochs)


def steps_of(samples: int, batch: int, films: int) -> int:
    """Steps of an epoch: of so many examples, but of a small set no more than MOST_PASSES times its films."""
    return max(1, min(samples, MOST_PASSES * films) // batch)


def learning_rate(progress: float, highest: float) -> float:
    """A short linear rise, then half a cosine down to one in five hundred.

    Args:
        progress: of the whole training, in [0, 1].
    """
    warm = 0.06
    if progress < warm:
        return highest * (0.05 + 0.95 * progress / warm)
    return highest * (0.002 + 0.998 * 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm))))


def averaged(network: nn.Module) -> AveragedModel:
    """A running average of the network over its last few hundred steps: steadier than any one step's weights."""
    average = get_ema_multi_avg_fn(AVERAGE_KEPT)  # type: ignore[no-untyped-call]  # torch's
    return AveragedModel(network, multi_avg_fn=average, use_buffers=True)


def learn(course: Course, name: str, loss: Tensor) -> None:
    """One step of the optimiser with that name; the gradient's length is held to five."""
    course.optimisers[name].zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch's
    nn.utils.clip_grad_norm_(course.modules[name].parameters(), 5.0)
    course.optimisers[name].step()
    average = course.modules.get("average")
    if name == "network" and isinstance(average, AveragedModel):
        average.update_parameters(course.modules[name])


def start_from(course: Course, weights: Path, shared: Mapping[int, int] | None = None, body: str = "") -> None:
    """Begin with exported weights instead of those that the course begins with.

    A last layer of more outputs than the weights have begins with theirs where it has the same.

    Args:
        course: what begins.
        weights: the safetensors file.
        shared: output to the weights' output that is the same; None: all are, or the classes, at their start, where
            there are more or fewer.
        body: of a classifier: which one of a pair.

    Raises:
        ValueError: they are of another network, or the course trains another form of what it exports.
    """
    state = {name: tensor.float() for name, tensor in part(load_file(weights), body).items()}
    for name in ("network", "average"):
        module = course.modules.get(name)
        module = module.module if isinstance(module, AveragedModel) else module
        if module is None or module.state_dict().keys() != state.keys():
            raise ValueError(f"{weights} does not hold the weights that this stage trains")
        module.load_state_dict({key: _grown(key, state[key], own, shared) for key, own in module.state_dict().items()})


def _grown(name: str, given: Tensor, own: Tensor, shared: Mapping[int, int] | None) -> Tensor:
    if given.shape == own.shape and (shared is None or not name.startswith(LAST)):
        return given
    if shared is None:
        same = range(min(len(given), len(CLASSES)))  # what follows the classes may be other findings
        shared = dict(zip(same, same, strict=True))
    grown = own.clone()
    for at, theirs in shared.items():
        grown[at] = given[theirs]
    return grown


def save(course: Course, out: Path, about: dict[str, Any]) -> None:
    """Write the checkpoint, whole or not at all.

    Args:
        about: epochs, seed and what fit was told.
    """
    partial = out / f"{CHECKPOINT}.partial"
    state: dict[str, Any] = dict(about)
    state["modules"] = {name: module.state_dict() for name, module in course.modules.items()}
    state["optimisers"] = {name: optimiser.state_dict() for name, optimiser in course.optimisers.items()}
    torch.save(state, partial)
    partial.replace(out / CHECKPOINT)


def restore(course: Course, out: Path) -> int:
    """Read the checkpoint into the course; how many epochs it had."""
    state = torch.load(out / CHECKPOINT, weights_only=True, map_location="cpu")
    for name, module in course.modules.items():
        module.load_state_dict(state["modules"][name])
    for name, optimiser in course.optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
    return int(state["epochs"])


def _epoch(course: Course, epoch: int, epochs: int, seed: int, workers: int) -> dict[str, float]:
    torch.manual_seed(seed * 1000 + epoch)
    for module in course.modules.values():
        module.train()
    steps = course.steps(epoch)
    means: dict[str, float] = {}
    drawn = batches(course, seed, epoch, steps, workers)
    progress = tqdm(drawn, f"epoch {epoch + 1}/{epochs}", total=steps, mininterval=5)
    for step, batch in enumerate(progress):
        rate = learning_rate((epoch + step / steps) / epochs, course.rate)
        for optimiser in course.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = rate
        for name, value in course.step(batch).items():
            means[name] = value if name not in means else 0.98 * means[name] + 0.02 * value
        progress.set_postfix({name: f"{value:.3f}" for name, value in means.items()}, refresh=False)
    return means

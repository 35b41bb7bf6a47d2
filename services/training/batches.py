"""Batches of an epoch, drawn by other processes where there are some, so that a GPU does not wait for its films."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

Drawn = Mapping[str, NDArray[Any]]
"""A batch by the names of its parts, each with the examples along its first axis."""

Batch = Mapping[str, Tensor]
"""The same, where the network is."""

AHEAD = 4
"""Batches that each process has ready."""


class Drawing(Protocol):
    """What draws."""

    device: torch.device

    def draw(self, random: np.random.Generator) -> Drawn:
        """A batch; it may be in another process, and changes nothing that the training reads."""


def workers_for(device: torch.device, asked: int | None = None) -> int:
    """How many processes draw: as was asked, else none beside a processor that is learning, all but one for a GPU."""
    if asked is not None:
        return asked
    return 0 if device.type == "cpu" else max(1, (os.cpu_count() or 1) - 1)


def batches(drawing: Drawing, seed: int, epoch: int, steps: int, workers: int) -> Iterator[Batch]:
    """The epoch's batches in their order; the same ones, however many processes draw."""
    loader: DataLoader[Any] = DataLoader(  # it turns arrays into tensors
        _Epoch(drawing, seed, epoch, steps),
        batch_size=None,  # they are batches already
        num_workers=workers,
        prefetch_factor=AHEAD if workers else None,
        worker_init_fn=_alone,
        pin_memory=drawing.device.type != "cpu",
        # Films are gigabytes, which a fork shares.
        multiprocessing_context="fork" if workers else None,
    )
    for batch in loader:
        yield {name: part.to(drawing.device, non_blocking=True) for name, part in batch.items()}


class _Epoch(Dataset[Drawn]):
    def __init__(self, drawing: Drawing, seed: int, epoch: int, steps: int) -> None:
        self._drawing, self._seed, self._steps = drawing, (seed, epoch), steps

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> Drawn:
        if step >= self._steps:
            raise IndexError(step)
        return self._drawing.draw(np.random.default_rng([*self._seed, step]))


def _alone(number: int) -> None:
    """Each process is one of many: it has one thread."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)

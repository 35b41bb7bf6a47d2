"""Features of varied copies of films, computed once and kept on the disk: the trunk is not asked twice.

With them, an epoch takes seconds on one processor core.
"""

import os
from pathlib import Path

import numpy as np
import openvino
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from cxr import runtime
from cxr.gauge import Gauge
from cxr.number import stretched
from cxr.radiograph import Pixels
from training.numbers.varied import varied

BATCH = 32


class Copies:
    """The first copy of each film is the film as it is; the others are varied, each in its own way."""

    def __init__(self, gauge: Gauge, pixels: NDArray[np.uint8], count: int, cache: Path, digest: str) -> None:
        """Read from the cache, or computed.

        Args:
            pixels: shape (films, side, side).
            count: copies of each.
            digest: of the films.
        """
        self.count, self.films = count, len(pixels)
        cache.mkdir(parents=True, exist_ok=True)
        stem = f"features-{digest[:8]}-{gauge.side}-{count}"
        self._paths = [cache / f"{stem}-{part}.npy" for part in range(3)]
        if not all(path.exists() for path in self._paths):
            self._compute(gauge, pixels)
        self._features = [np.load(path, mmap_mode="r") for path in self._paths]

    def draw(self, rows: NDArray[np.int64], random: np.random.Generator) -> list[NDArray[np.float32]]:
        """Features of any copy of some films."""
        return self._at(random.integers(0, self.count, len(rows)) * self.films + rows)

    def plain(self, rows: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Features of some films as they are."""
        return self._at(rows)

    def _at(self, places: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        return [part[places].astype(np.float32) for part in self._features]

    def _compute(self, gauge: Gauge, pixels: NDArray[np.uint8]) -> None:
        network = openvino.Core().compile_model(
            runtime.traced(_Look(gauge).eval(), pixels.shape[1]),
            "CPU",
            {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "f32"},
        )
        total = self.count * self.films
        partial = [path.with_suffix(f".{os.getpid()}") for path in self._paths]
        written: list[NDArray[np.float16]] = []
        for start in tqdm(range(0, total, BATCH), "features", mininterval=5):
            numbers = range(start, min(start + BATCH, total))
            shown = np.stack([_copy(pixels[number % self.films], number, self.films)[None] for number in numbers])
            found = network(shown)
            if not written:
                shapes = [(total, *found[part].shape[1:]) for part in range(3)]
                written = [
                    np.lib.format.open_memmap(path, "w+", np.float16, shape)
                    for path, shape in zip(partial, shapes, strict=True)
                ]
            for part, values in enumerate(written):
                values[start : start + len(shown)] = found[part]
        for path, made in zip(self._paths, partial, strict=True):
            made.replace(path)


class _Look(nn.Module):
    def __init__(self, gauge: Gauge) -> None:
        super().__init__()
        self.gauge = gauge

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.gauge.look(pixels)


def _copy(film: Pixels, number: int, films: int) -> Pixels:
    return stretched(film) if number < films else varied(film, np.random.default_rng([0, number]))

"""Where the segmenter finds the lungs of every chest film: what the classifier is trained on, as it is served."""

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from cxr import lungs, runtime
from cxr.geometry import Square
from cxr.radiograph import Pixels
from cxr.runtime import Source
from training.films import Films
from training.precision import laid_out
from training.segmenter import SERVED, probabilities
from training.settings import SegmenterSettings


@dataclass(frozen=True)
class Crops:
    """What the segmenter finds, film by film; rows as in Films, all zero for what is no chest film."""

    squares: NDArray[np.int64]
    """Shape (rows, 3): row, column and side of the crop in film coordinates; side 0 where no lung was found."""

    area: NDArray[np.float64]
    """Lung, in parts of the letterboxed square."""

    agreement: NDArray[np.float64]
    """See cxr.lungs.agreement."""

    masks: NDArray[np.uint8]
    """Packed bits, shape (rows, 8192): 1 is lung on the 256 x 256 letterboxed square."""

    weights: str
    """sha256 of what the segmenter is served from."""

    def square(self, row: int, film: Pixels) -> Square:
        """The film's crop; the whole film where no lung was found."""
        top, left, side = (int(value) for value in self.squares[row])
        return Square(top, left, side) if side else Square.whole(film.shape)

    def mask(self, row: int) -> NDArray[np.uint8]:
        """Shape (256, 256), 1 is lung."""
        side = SegmenterSettings.side
        return np.unpackbits(self.masks[row]).reshape(side, side)


def read_crops(
    films: Films, weights: Path, cache: Path, told: Callable[[int, int], None] = lambda done, of: None
) -> Crops:
    """What the segmenter with these weights finds on all films, from the cache if it was found before.

    Args:
        told: is called with how many of how many chest films were looked at so far.
    """
    served = forms(Source("segmenter", weights, SegmenterSettings.side))
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in served)).hexdigest()
    path = cache / f"crops-{films.digest[:8]}-{digest[:8]}.npz"
    if not path.exists():
        found = _find(films, weights, told)
        partial = cache / "crops.partial.npz"
        np.savez(partial, **found)
        partial.replace(path)
    with np.load(path) as stored:
        return Crops(stored["squares"], stored["area"], stored["agreement"], stored["masks"], digest)


def read_network(source: Source) -> torch.nn.Module:
    """A stage's network as served, ready to predict."""
    return laid_out(runtime.build(source))


def as_served(source: Source) -> runtime.Network:
    """A stage's network exactly as serving runs it, on as many threads as torch has."""
    with TemporaryDirectory() as folder:
        for each in forms(source):
            shutil.copy(each, folder)
        own = replace(source, weights=Path(folder) / source.weights.name)
        return runtime.on_cpu(own, torch.get_num_threads())


def forms(source: Source) -> list[Path]:
    """The files that a stage's network is served from: its weights, and its 8-bit form where there is one."""
    quantised = [source.quantised, source.quantised.with_suffix(".bin")]
    return [source.weights, *filter(Path.exists, quantised)]


def _find(films: Films, weights: Path, told: Callable[[int, int], None]) -> dict[str, Any]:
    side, count, done = SegmenterSettings.side, len(films.rows), 0
    network = as_served(Source("segmenter", weights, side))
    squares, masks = np.zeros((count, 3), np.int64), np.zeros((count, side * side // 8), np.uint8)
    area, agreement = np.zeros(count), np.zeros(count)
    chosen = films.where(films.rows["kind"] == "cxr")
    for part in tqdm(np.array_split(chosen, max(1, len(chosen) // 64)), "lungs", unit="batch", mininterval=5):
        found = probabilities(lambda pixels: network(pixels)[0], films, part, side)[:, SERVED]
        for row, probability in zip(part, found, strict=True):
            mask = lungs.clean(probability.astype(np.float32))
            area[row], agreement[row] = mask.mean(), lungs.agreement(probability.astype(np.float32), mask)
            masks[row] = np.packbits(mask)
            if mask.any():
                square = lungs.crop(mask).on_film(Square.whole(films.pixels[row].shape), side)
                squares[row] = square.row, square.column, square.side
        told(done := done + len(part), len(chosen))
    return {"squares": squares, "area": area, "agreement": agreement, "masks": masks}

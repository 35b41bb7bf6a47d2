"""What every alternative has to do to a film, in plain calls: the glue around them is all that differs.

Runs in the alternatives' own environments: cxr, the handlers' predict and numpy are all that it needs. That it is the
gateway's use case is not taken on trust: no alternative is measured whose answers differ from that one's.
"""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import yaml
from numpy.typing import NDArray

from cxr import lungs, runtime, stage
from cxr.geometry import Box, Square, paste, sample
from cxr.radiograph import Pixels
from cxr.stage import StageHandler
from cxr.wire import Answer, Classification, Discrimination, Lungs
from handlers.classifier import ClassifierHandler
from handlers.discriminator import DiscriminatorHandler
from handlers.segmenter import SegmenterHandler
from imaging.picture import read_picture

ARCHIVES = "CXR_UNPACKED"
"""The variable that names the folder of the unpacked archives."""

MAX_PIXELS = 100_000_000

KINDS: dict[str, type[StageHandler]] = {
    handler.name: handler for handler in (DiscriminatorHandler, SegmenterHandler, ClassifierHandler)
}


class Network:
    """One stage: an archive's network, its calibration, and the side of the square that it wants."""

    def __init__(self, name: str) -> None:
        folder = Path(os.environ[ARCHIVES]) / name
        self._handler = KINDS[name]()
        self._handler.config = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
        self.side: int = self._handler.config["side"]
        self._handler.network = runtime.on_cpu(
            stage.source(name, folder, self._handler.config), self._handler.config["threads"]
        )

    def __call__(self, square: Pixels) -> Answer:
        """Its answer to one square."""
        return self._handler.predict(square[None, None])[0]


REGION = "joint"
"""What the classifier wants to be shown. Source: its archive."""


@cache
def side_of(name: str) -> int:
    """Pixels of a stage's square, for whoever cuts squares without having its network. Source: its archive."""
    config = yaml.safe_load((Path(os.environ[ARCHIVES]) / name / "model-config.yaml").read_text())
    return int(config["stage"]["side"])


@dataclass(frozen=True)
class Film:
    """A decoded film, and the squares of it that the networks see."""

    pixels: Pixels

    @classmethod
    def read(cls, png: bytes) -> Self:
        """From a file."""
        return cls(read_picture(png, MAX_PIXELS).pixels)

    def whole(self, name: str) -> Pixels:
        """All of it, for the discriminator or the segmenter."""
        return sample(self.pixels, Square.whole(self.pixels.shape), side_of(name))

    def lungs(self, found: Lungs) -> Pixels:
        """The lungs in their crop, all else black, for the classifier."""
        side, crop = side_of("classifier"), lungs.crop(found.mask)
        on_film = crop.on_film(Square.whole(self.pixels.shape), len(found.mask))
        region = sample(lungs.region(found.mask, REGION) * np.uint8(255), crop, side) > 127
        return lungs.shown(sample(self.pixels, on_film, side), region.astype(np.uint8))

    def answer(self, seen: Discrimination, found: Lungs, told: Classification) -> dict[str, Any]:
        """What the caller is sent of a film that went all the way."""
        predicted = max(told.classes, key=lambda name: told.classes[name])
        box = Box.of(found.mask).on_film(Square.whole(self.pixels.shape), len(found.mask), self.pixels.shape)
        return {
            "outcome": "assessed",
            "discriminator": {"in_distribution": seen.in_distribution, "frontal": seen.frontal},
            "lungs": {"row": box.row, "column": box.column, "rows": box.rows, "columns": box.columns},
            "classes": told.classes,
            "findings": told.findings,
            "in_lungs": self._in_lungs(found.mask, told.heatmaps[predicted]),
        }

    def _in_lungs(self, mask: NDArray[np.uint8], heatmap: NDArray[np.float32]) -> float:
        """Share of the heat on the film that lies in the lungs."""
        film = Square.whole(self.pixels.shape).film(self.pixels.shape, len(mask))
        on_film = np.s_[film.row : film.row + film.rows, film.column : film.column + film.columns]
        heat = paste(heatmap, lungs.crop(mask), mask.shape)[on_film]
        total = float(heat.sum())
        return min(float((heat * mask[on_film]).sum()) / total, 1.0) if total > 0 else 0.0


def refused(reason: str) -> dict[str, Any]:
    """What the caller is sent of a film that a network refused."""
    return {"outcome": "refused", "reason": reason}

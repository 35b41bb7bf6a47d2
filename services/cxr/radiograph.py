"""A radiograph as displayed: pixels, and nothing about the patient."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cxr.errors import UniformPixelsError

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Doubt:
    """A reason to trust what is said of a film less: a caution of its assessment."""

    code: str
    detail: str
    """For a person."""


@dataclass(frozen=True)
class Radiograph:
    """What every stage, picture and cache key is made from.

    The pixels are 8 bit because that is what a screen shows and what the models learned from; a DICOM film and
    its PNG export are then the same radiograph.
    """

    pixels: Pixels
    """Shape (rows, columns), 0 is black."""

    display: str
    """The display transform that made them, such as "window 2048/4096, inverted"."""

    doubts: tuple[Doubt, ...] = ()
    """What is odd about how the file has to be shown."""

    polarity_open: bool = False
    """Whether its header contradicts itself about which values are white, so that the pixels have to tell."""

    def turned(self) -> "Radiograph":
        """Its negative."""
        return replace(self, pixels=255 - self.pixels, display=f"{self.display}, negative", polarity_open=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows, columns."""
        rows, columns = self.pixels.shape
        return rows, columns


def check_range(low: float, high: float) -> None:
    """Refuse pixels that tell nothing.

    Args:
        low: the lowest value.
        high: the highest value.

    Raises:
        UniformPixelsError: they are equal.
    """
    if not high > low:
        raise UniformPixelsError("all pixels are equal")


def to_display(values: NDArray[np.generic], low: float, high: float) -> Pixels:
    """Stretch values so that low becomes 0 and high becomes 255.

    Args:
        values: shape (rows, columns), any numeric type.
        low: shown black; lower values too.
        high: shown white; higher values too.

    Raises:
        UniformPixelsError: low and high are equal.
    """
    check_range(low, high)
    stretched = (values.astype(np.float32) - low) * (255 / (high - low))
    shown: Pixels = np.clip(np.rint(stretched), 0, 255).astype(np.uint8)
    return shown

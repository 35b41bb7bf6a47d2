"""Films to measure with: one radiograph, enlarged, in as many variants as are wanted, each unknown to any cache."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.file import File, Kind
from tests import films
from tests.trials.bench.errors import MeasurementError

SIDE = 1024
"""Pixels of the longer side. Source: the size that the targets are set for."""

PNG: Kind = "image/png"
DICOM: Kind = "application/dicom"

BITS = 12
"""Stored in the DICOM films, as most detectors do."""


@dataclass(frozen=True)
class Film:
    """A radiograph to make variants of: shape (rows, columns), 8 bit, the longer side is SIDE."""

    pixels: NDArray[np.uint8]

    def __str__(self) -> str:
        rows, columns = self.pixels.shape
        return f"{rows} x {columns} pixels"

    @classmethod
    def read(cls, path: Path) -> "Film":
        """From a picture file.

        Raises:
            MeasurementError: there is none.
        """
        pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.exists() else None
        if pixels is None:
            raise MeasurementError(f"{path} is no picture: name a frontal chest film with --film")
        scale = SIDE / max(pixels.shape)
        rows, columns = (round(scale * length) for length in pixels.shape)
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return cls(np.asarray(cv2.resize(pixels, (columns, rows), interpolation=method), np.uint8))

    def variant(self, number: int) -> NDArray[np.uint8]:
        """The same film but for eight pixels in a corner, which write the number down: no two have the same key."""
        pixels = self.pixels.copy()
        pixels[0, :8] = [255 if number >> bit & 1 else 0 for bit in range(8)]
        pixels[1, :8] = [255 if number >> bit & 1 else 0 for bit in range(8, 16)]
        return pixels

    def file(self, number: int, kind: Kind = PNG) -> File:
        """A variant as a file."""
        pixels = self.variant(number)
        return File(_png(pixels) if kind == PNG else _dicom(pixels), kind)

    def files(self, count: int, first: int = 0) -> Iterator[File]:
        """So many variants, PNG."""
        return (self.file(number) for number in range(first, first + count))

    def mixed(self, count: int, first: int = 0) -> list[File]:
        """So many variants, PNG and DICOM in turn."""
        return [self.file(number, (PNG, DICOM)[number % 2]) for number in range(first, first + count)]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = cv2.imencode(".png", pixels)[1]
    return file.tobytes()


def _dicom(pixels: NDArray[np.uint8]) -> bytes:
    """A digital radiograph: 12 bits stored in 16, with a window, uncompressed."""
    stored = pixels.astype(np.uint16) << (BITS - 8)
    return films.dicom(stored, BITS, WindowCenter=2 ** (BITS - 1), WindowWidth=2**BITS)

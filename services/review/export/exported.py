"""The pictures and drawings of an export."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from erasure.sealed.errors import DamagedError
from erasure.sealed.vault import Vault
from review.findings import known_findings

Pixels = NDArray[np.uint8]

MIN_CORNERS = 3
"""Of an outline that has an area."""


def read(path: Path, shape: tuple[int, int], vault: Vault) -> Pixels | str:
    """A film's pixels as displayed, shape (rows, columns), or why they cannot be had."""
    if not path.is_file():
        return "its picture is missing"
    try:
        pixels = cv2.imdecode(np.frombuffer(vault.read(path, path.parent.name), np.uint8), cv2.IMREAD_GRAYSCALE)
    except DamagedError:
        pixels = None
    if pixels is None or pixels.shape != shape:
        return "its picture is damaged"
    return np.asarray(pixels, np.uint8)


def scale(shape: tuple[int, int], longest: int | None) -> float:
    """What a film's sides are multiplied by, so that the longer one is no longer than that; 1 at most."""
    return min(1.0, longest / max(shape)) if longest else 1.0


def resized(pixels: Pixels, by: float) -> Pixels:
    """Pixels, smaller."""
    if by == 1:
        return pixels
    size = max(1, round(pixels.shape[1] * by)), max(1, round(pixels.shape[0] * by))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def lungs(opinions: Iterable[Any], shape: tuple[int, int], by: float) -> Pixels | None:
    """The lungs as the newest opinion with outlines has them, all of its outlines filled; 255 is lung.

    Args:
        shape: of the exported picture.
        by: what coordinates are multiplied by.
    """
    mask = np.zeros(shape, np.uint8)
    for opinion in sorted(opinions, key=lambda each: -each.number):
        outlines = [each["points"] for each in opinion.shapes if each["kind"] == "lung"]
        for points in outlines:
            if len(points) >= MIN_CORNERS:
                cv2.fillPoly(mask, [np.round(np.array(points, np.float64) * by).astype(np.int32)], 255)
        if mask.any():
            return mask
    return None


def drawn(opinion: Any, by: float) -> list[dict[str, Any]]:
    """What the reader drew but lungs, in pixels of the exported picture."""
    known = known_findings(opinion.reported)
    return [
        {
            "kind": each["kind"],
            "finding": each.get("finding") if each.get("finding") in known else None,
            "points": [[round(x * by, 2), round(y * by, 2)] for x, y in each["points"]],
        }
        for each in opinion.shapes
        if each["kind"] in ("box", "freehand")
    ]


def write(path: Path, pixels: Pixels) -> None:
    """As a PNG file that holds pixels, and nothing else of where they came from."""
    _, data = cv2.imencode(".png", pixels)
    path.write_bytes(data.tobytes())

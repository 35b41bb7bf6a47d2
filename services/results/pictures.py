"""What an assessment looks like: the film, the lungs and the heat maps, in the film's coordinates."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.errors import NotFoundError
from cxr.geometry import Square, paste
from cxr.picture import write_mask_png, write_png
from cxr.radiograph import Pixels
from results.schema import Result

OPACITY = 0.6
"""Of the hottest place in an overlay; elsewhere in proportion, so that a cold film stays a film."""


def radiograph_png(pixels: Pixels) -> bytes:
    """The pixels that were assessed, 8 bit gray."""
    return write_png(pixels)


def lung_mask(result: Result, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The lung mask in a film's size, shape (rows, columns), 1 is lung.

    Raises:
        NotFoundError: the cascade ended before the segmenter.
    """
    if result.mask is None:
        raise NotFoundError("this assessment has no lung mask: the radiograph was refused before")
    side = result.mask_side
    bits = np.unpackbits(np.frombuffer(result.mask, np.uint8), count=side * side).reshape(side, side)
    smooth = paste(bits.astype(np.float32), Square.whole(shape), shape)
    return (smooth > 0.5).astype(np.uint8)


def lungs_png(result: Result, pixels: Pixels) -> bytes:
    """The lung mask, 1 bit, in the size of the film.

    Raises:
        NotFoundError: the cascade ended before the segmenter.
    """
    return write_mask_png(lung_mask(result, (pixels.shape[0], pixels.shape[1])))


def heat_map(result: Result, shape: tuple[int, int], wanted: str | None) -> NDArray[np.float32]:
    """The heat map of a class, the predicted one unless named, in a film's size, in [0, 1].

    Heat is in parts of the hottest place of all the classes' maps, so that two classes can be compared.

    Raises:
        NotFoundError: there is no heat map, or none of that class.
    """
    name = wanted or result.conclusion.predicted_class
    if name is None or result.crop is None:
        raise NotFoundError("this assessment has no heat map: the radiograph was refused")
    if name not in result.heatmaps:
        raise NotFoundError(f"no such class; there are {', '.join(result.heatmaps)}")
    hottest = max(float(heatmap.array().max()) for heatmap in result.heatmaps.values())
    return paste(result.heatmaps[name].array() / (hottest or 1.0), Square(*result.crop), shape)


def heatmap_png(result: Result, pixels: Pixels, wanted: str | None, overlay: bool) -> bytes:
    """The heat map of a class: gray, or in colour over the film.

    Raises:
        NotFoundError: as heat_map.
    """
    heat = heat_map(result, (pixels.shape[0], pixels.shape[1]), wanted)
    return write_png(over(pixels, heat) if overlay else np.rint(255 * heat).astype(np.uint8))


def over(pixels: Pixels, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Heat in the inferno colours (even in lightness, readable when colour blind) over a gray film, as RGB."""
    weight = (OPACITY * heat)[..., None]
    blended: NDArray[np.uint8] = np.rint(pixels[..., None] * (1 - weight) + colours(heat) * weight).astype(np.uint8)
    return blended


def colours(heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Heat in [0, 1], shape (rows, columns), as RGB."""
    return np.asarray(cv2.applyColorMap(np.rint(255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1])

"""What an assessment looks like: the film, the lungs and the heat maps, over the whole film.

A side, where one is given, is that of the picture's longer side in pixels; it is never larger than the film. Masks and
heat maps are small by themselves: they are drawn at the size that is asked for, not in the film's and then shrunk.
"""

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.geometry import Scalar, Square, paste
from cxr.radiograph import Pixels
from imaging.picture import write_mask_png, write_pgm, write_png
from results.errors import NotFoundError
from results.schema import Convention, Map, Result

OPACITY = 0.6
"""Of the hottest place in an overlay; elsewhere in proportion, so that a cold film stays a film."""


MIN_DRAWN_SIDE = 512
"""Pixels of the longer side that masks and heat maps are drawn with, before they are shrunk to less than that.

Source: twice the cells of a mask, and 36 times those of a heat map; interpolated to few pixels, either would alias.
"""

Shape = tuple[int, int]
"""Rows, columns."""


class Heat(Protocol):
    """What is hot over a film of a shape, in [0, 1], as a picture with such a longer side."""

    def __call__(self, shape: Shape, /, *, side: int | None) -> NDArray[np.float32]: ...


def fitted(shape: Shape, side: int | None) -> Shape:
    """The shape of a picture of a film of that shape."""
    scale = min(1.0, (side or max(shape)) / max(shape))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def radiograph_png(pixels: Pixels, side: int | None = None) -> bytes:
    """The pixels that were assessed, 8 bit gray."""
    return write_png(_shrunk(pixels, fitted(pixels.shape, side)))


def radiograph_pgm(pixels: Pixels) -> bytes:
    """The same as they are: nothing is drawn, and nobody has to decode anything."""
    return write_pgm(pixels)


def lung_mask(
    result: Result, shape: Shape, side: int | None = None, convention: Convention = "lungs"
) -> NDArray[np.uint8]:
    """The lung mask over a film of that shape, shape (rows, columns), 1 is lung.

    Raises:
        NotFoundError: the cascade ended before the segmenter, or that did not say where the lung fields are.
    """
    if result.mask is None:
        raise NotFoundError("this assessment has no lung mask: the radiograph was refused before")
    mask, cells = result.mask if convention == "lungs" else result.fields, result.mask_side
    if mask is None:
        raise NotFoundError("this assessment has no lung fields: an older segmenter made it")
    bits = np.unpackbits(np.frombuffer(mask, np.uint8), count=cells * cells).reshape(cells, cells)
    drawn = _drawn(shape, side)
    smooth = paste(bits.astype(np.float32), Square.whole(drawn), drawn)
    return (_shrunk(smooth, fitted(shape, side)) > 0.5).astype(np.uint8)


def lungs_png(result: Result, shape: Shape, side: int | None = None, convention: Convention = "lungs") -> bytes:
    """The lung mask over a film of that shape, 1 bit.

    Raises:
        NotFoundError: as lung_mask.
    """
    return write_mask_png(lung_mask(result, shape, side, convention))


def heat_map(result: Result, shape: Shape, wanted: str | None, side: int | None = None) -> NDArray[np.float32]:
    """The heat map of a class, the predicted one unless named, over a film of that shape, in [0, 1].

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
    drawn = _drawn(shape, side)
    scale = max(drawn) / max(shape)
    row, column, square = result.crop
    crop = Square(round(scale * row), round(scale * column), max(1, round(scale * square)))
    heat = paste(result.heatmaps[name].array() / (hottest or 1.0), crop, drawn)
    return _shrunk(heat, fitted(shape, side))


def heat_of_number(heatmap: Map, shape: Shape, side: int | None = None) -> NDArray[np.float32]:
    """Where a film votes for its number, over a film of that shape, in parts of the hottest place.

    The network is shown the whole film as a square, so the map is stretched as the film was squeezed.
    """
    rows, columns = _drawn(shape, side)
    heat = heatmap.array()
    stretched = cv2.resize(heat / (float(heat.max()) or 1.0), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return _shrunk(np.asarray(stretched, np.float32), fitted(shape, side))


def heatmap_png(heat: Heat, shape: Shape, side: int | None = None) -> bytes:
    """Heat over a film of that shape, gray.

    Raises:
        NotFoundError: there is no such heat map.
    """
    return write_png(np.rint(255 * heat(shape, side=side)).astype(np.uint8))


def overlay_png(heat: Heat, pixels: Pixels, side: int | None = None) -> bytes:
    """Heat in colour over the film.

    Raises:
        NotFoundError: there is no such heat map.
    """
    drawn = heat(pixels.shape, side=side)
    return write_png(over(_shrunk(pixels, drawn.shape), drawn))


def over(pixels: Pixels, heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Heat in the inferno colours (even in lightness, readable when colour blind) over a gray film, as RGB."""
    weight = (OPACITY * heat)[..., None]
    blended: NDArray[np.uint8] = np.rint(pixels[..., None] * (1 - weight) + colours(heat) * weight).astype(np.uint8)
    return blended


def colours(heat: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Heat in [0, 1], shape (rows, columns), as RGB."""
    return np.asarray(cv2.applyColorMap(np.rint(255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1])


def _drawn(shape: Shape, side: int | None) -> Shape:
    return fitted(shape, max(side, MIN_DRAWN_SIDE) if side else None)


def _shrunk(values: NDArray[Scalar], shape: Shape) -> NDArray[Scalar]:
    """Averaged over areas, as geometry.sample does; the same where nothing is to be done."""
    if values.shape == shape:
        return values
    return np.asarray(cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA), values.dtype)

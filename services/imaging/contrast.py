"""Whether a person could read a film as it is shown, and how to show it where not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.radiograph import Pixels, Radiograph, to_display
from imaging.doubts import replaced

PERCENTILES = (1.0, 99.0)
"""Of a film's own pixels, which are shown black and white where nothing else tells. Source: leaves out collimator
edges, markers and dead pixels."""

BY_PERCENTILES = f"percentiles {PERCENTILES[0]:g} to {PERCENTILES[1]:g}"

LEAST_SPREAD = 80
"""Of 255 grey levels: how far apart these percentiles have to be shown. Source: docs/films.md: 89 is the least of its
200 films, all of which can be read."""

MOST_CLIPPED = 0.5
"""Of the pixels between these percentiles, how many may be shown black or white like those beyond. Source: a judgement;
what a screen shows of a film whose half is clipped is not the film."""

Counts = NDArray[np.int64]


def readable(greys: Pixels, counts: Counts) -> bool:
    """Whether a film is shown with enough of the greys.

    Args:
        greys: what each stored value is shown as, the stored values in ascending order.
        counts: how many pixels have it, without padding.
    """
    if spread(greys, counts) < LEAST_SPREAD:
        return False
    first, last = _percentiles(counts)
    inner = counts[first + 1 : last]
    clipped = inner[np.isin(greys[first + 1 : last], (0, 255))].sum()
    return bool(clipped <= MOST_CLIPPED * inner.sum())


def spread(greys: Pixels, counts: Counts) -> int:
    """How many grey levels lie between the film's own percentiles."""
    low, high = _percentiles(np.bincount(greys, weights=_image(counts), minlength=256).astype(np.int64), whole=True)
    return high - low


def by_percentiles(values: NDArray[np.generic], counts: Counts) -> Pixels:
    """Greys from the film's own values alone; the full range where nearly all pixels are alike.

    Args:
        values: what the stored values stand for, in any order.
        counts: how many pixels have it, without padding.

    Raises:
        UniformPixelsError: all pixels are equal.
    """
    order = np.argsort(values, kind="stable")
    ranked, used = values[order], counts[order]
    first, last = _percentiles(used)
    if not ranked[last] > ranked[first]:
        occurring = np.flatnonzero(used)
        first, last = int(occurring[0]), int(occurring[-1])
    return to_display(values, float(ranked[first]), float(ranked[last]))


def plain(pixels: Pixels, name: str) -> Radiograph:
    """A picture of 8 bits as it is; by its percentiles, with a doubt, where nobody could read it so.

    Args:
        name: of how its greys came about.

    Raises:
        UniformPixelsError: all pixels are equal.
    """
    counts = histogram(pixels)
    if readable(np.arange(256, dtype=np.uint8), counts):
        return Radiograph(pixels, name)
    return _stretched(pixels, counts, name)


def ranged(values: NDArray[np.uint16]) -> Radiograph:
    """The same of a picture of 16 bits, over its full range.

    Raises:
        UniformPixelsError: all pixels are equal.
    """
    counts = histogram(values)
    levels = np.flatnonzero(counts)
    greys = to_display(np.arange(len(counts)), float(levels[0]), float(levels[-1]))
    if readable(greys, counts):
        return Radiograph(greys[values], "full range")
    return _stretched(values, counts, "full range")


def _stretched(pixels: NDArray[np.uint8] | NDArray[np.uint16], counts: Counts, name: str) -> Radiograph:
    greys = by_percentiles(np.arange(len(counts)), counts)
    return Radiograph(greys[pixels], instead(name), (replaced(name),))


def histogram(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Counts:
    """How many pixels have each value. OpenCV's, since numpy's makes 8 bytes of each pixel."""
    values = 256**pixels.itemsize
    return cv2.calcHist([pixels], [0], None, [values], [0, values]).ravel().astype(np.int64)


def instead(name: str) -> str:
    """The transform that was used, and the one that would have shown nothing."""
    return f"{BY_PERCENTILES} instead of {name}"


def _image(counts: Counts) -> Counts:
    """Without the lowest and the highest value, as which filling is stored, and what a detector could not measure."""
    occurring = np.flatnonzero(counts)
    inner = counts.copy()
    inner[occurring[[0, -1]]] = 0
    return inner if inner.any() else counts


def _percentiles(counts: Counts, whole: bool = False) -> tuple[int, int]:
    """Where they are, in the order of counts.

    Args:
        whole: of all pixels, instead of those of the image.
    """
    share = np.cumsum(counts if whole else _image(counts))
    first, last = np.searchsorted(share, np.array(PERCENTILES) / 100 * share[-1]).clip(0, len(counts) - 1)
    return int(first), int(last)

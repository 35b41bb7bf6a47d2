"""Pages and frames around a film in a picture: what is all white or all black at its edges is cut away."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cxr.radiograph import Pixels, Radiograph

WHITE, BLACK = 245, 10
"""Greys from which, and up to which, a border is a page or a frame: no film has a whole edge so white, and few so
black. Source: JPEG's own noise beside an edge."""

LEAST_SHARE = 0.02
"""Of a side that a border takes; less is a film's own edge."""

LEAST_LEFT = 64
"""Pixels of a side that are left, at least."""


def cut(film: Radiograph) -> Radiograph:
    """Without its borders, which its display then tells."""
    rows, columns = _inner(film.pixels)
    if film.pixels[rows, columns].shape == film.pixels.shape:
        return film
    return replace(
        film, pixels=np.ascontiguousarray(film.pixels[rows, columns]), display=f"{film.display}, borders cut"
    )


def _inner(pixels: Pixels) -> tuple[slice, slice]:
    """Where the film is: first without white borders, then without black ones, then without white ones again."""
    rows, columns = slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    for border in (pixels >= WHITE, pixels <= BLACK, pixels >= WHITE):
        inside = ~border[rows, columns]
        rows, columns = _part(rows, inside.any(axis=1)), _part(columns, inside.any(axis=0))
    return rows, columns


def _part(side: slice, used: NDArray[np.bool_]) -> slice:
    """The part of a side from its first used line to its last."""
    lines = np.flatnonzero(used)
    if not len(lines):
        return side
    first, last = side.start + int(lines[0]), side.start + int(lines[-1]) + 1
    cut_away = (side.stop - side.start) - (last - first)
    if last - first < LEAST_LEFT or cut_away < LEAST_SHARE * (side.stop - side.start):
        return side
    return slice(first, last)

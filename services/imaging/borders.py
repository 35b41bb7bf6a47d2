"""The white page around a film in a picture, which is cut away.

Black edges stay: films have them, and a film's own PNG must be the same radiograph as its DICOM file.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cxr.radiograph import Radiograph

WHITE = 240
"""Grey from which a line is of a page: no film has a whole edge so white. Source: JPEG's own noise beside an edge."""

SPECKS = 0.01
"""Of a page's line that may be darker: noise, and what JPEG makes of it."""

LEAST_EDGES = 3
"""That are white: a film's own may be, on one side or two, where the beam was not stopped."""

LEAST_SHARE = 0.02
"""Of a side that a page takes; less is a film's own edge."""

LEAST_LEFT = 64
"""Pixels of a side that are left, at least."""


def cut(film: Radiograph) -> Radiograph:
    """Without the page, which its display then tells."""
    edges = (film.pixels[0], film.pixels[-1], film.pixels[:, 0], film.pixels[:, -1])
    if sum(np.mean(edge < WHITE) <= SPECKS for edge in edges) < LEAST_EDGES:
        return film
    inside = film.pixels < WHITE
    rows, columns = (np.mean(inside, axis=axis) > SPECKS for axis in (1, 0))
    inner = film.pixels[_part(rows), _part(columns)]
    if inner.shape == film.pixels.shape:
        return film
    return replace(film, pixels=np.ascontiguousarray(inner), display=f"{film.display}, page cut away")


def _part(used: NDArray[np.bool_]) -> slice:
    """The part of a side from its first line that is no page to its last."""
    lines = np.flatnonzero(used)
    first, last = (int(lines[0]), int(lines[-1]) + 1) if len(lines) else (0, len(used))
    worth = len(used) - (last - first) >= LEAST_SHARE * len(used)
    return slice(first, last) if worth and last - first >= LEAST_LEFT else slice(None)

"""A film's grey levels in five numbers: what a change of detector, processing or export moves first."""

import numpy as np

from cxr.radiograph import Pixels

SUBSAMPLE = 256
"""Pixels along the shorter side that are looked at, about. A share of 65,000 pixels is known to 0.4 %, at most (two
standard errors of a share of one half), and reading every pixel of a large film would take as long as a stage."""

BLACK, WHITE = 5, 250
"""Grey levels up to which, and from which on, a pixel counts as black or white. Both leave room for JPEG's noise."""

LEVELS = ("mean", "deviation", "black", "white", "entropy")
"""What is told of each film: mean and standard deviation in grey levels (0 to 255), shares of black and white pixels
in [0, 1], and the entropy of the histogram in bits (0 to 8)."""


def levels(pixels: Pixels) -> dict[str, float]:
    """The numbers named in LEVELS, of every n-th row and column.

    Args:
        pixels: shape (rows, columns), as displayed.
    """
    step = max(1, min(pixels.shape) // SUBSAMPLE)
    counts = np.bincount(pixels[::step, ::step].ravel(), minlength=256)
    share = counts / counts.sum()
    grey = np.arange(256)
    mean = float(share @ grey)
    used = share[share > 0]
    return {
        "mean": mean,
        "deviation": float(np.sqrt(share @ (grey - mean) ** 2)),
        "black": float(share[: BLACK + 1].sum()),
        "white": float(share[WHITE:].sum()),
        "entropy": float(-(used * np.log2(used)).sum()),
    }

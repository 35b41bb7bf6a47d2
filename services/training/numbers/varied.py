"""Films of the same number that look otherwise."""

import numpy as np

from cxr.number import DARKEST, LIGHTEST, framed, stretched
from cxr.radiograph import Pixels
from training import augment


def varied(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A film of another exposure, place and size, mirrored or not, whose number is the same."""
    stretch = stretched(pixels, random.uniform(0, DARKEST + 1), random.uniform(LIGHTEST - 1.5, 100))
    if random.random() < 0.5:
        stretch = np.ascontiguousarray(stretch[:, ::-1])
    placed = moved(stretch, random)
    exposed = augment.expose(placed, random, 0.5)
    return augment.erase(augment.degrade(exposed, random, 0.1, 0.6), random, 0.15)


def moved(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Turned, stretched, and shifted a little."""
    (turned,) = augment.warp([pixels], random, 15.0, 0.12)
    side = len(turned)
    zoom = float(np.exp(random.uniform(-0.12, 0.12)))
    size = max(8, round(side / zoom))
    rows, columns = (round(each) for each in random.uniform(-0.05, 0.05, 2) * side)
    around = side  # of black on each side, so that what is cut out always lies on the canvas
    canvas = np.zeros((3 * side, 3 * side), np.uint8)
    canvas[around : around + side, around : around + side] = turned
    start = around + (side - size) // 2
    cut = canvas[start + rows : start + rows + size, start + columns : start + columns + size]
    return framed(np.ascontiguousarray(cut), side)

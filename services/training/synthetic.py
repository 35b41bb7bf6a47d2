"""Images that nobody took, and what publications and screens put on and around a film."""

import cv2
import numpy as np

from cxr.radiograph import Pixels

Random = np.random.Generator


def synthetic(side: int, random: Random) -> Pixels:
    """An image that nobody took: a blank, a gradient, noise, blobs or stripes."""
    row, column = np.mgrid[0:side, 0:side] / side
    kind = int(random.integers(0, 5))
    if kind == 0:
        values = np.full((side, side), random.uniform(0, 255))
    elif kind == 1:
        angle = random.uniform(0, 2 * np.pi)
        values = 127 + 127 * (np.cos(angle) * (row - 0.5) + np.sin(angle) * (column - 0.5))
    elif kind == 2:
        values = random.normal(127, random.uniform(5, 80), (side, side))
    elif kind == 3:
        coarse = random.normal(127, 60, (int(random.integers(2, 12)),) * 2).astype(np.float32)
        values = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    else:
        angle, waves = random.uniform(0, np.pi), random.uniform(2, 30)
        values = 127 + 120 * np.sin(2 * np.pi * waves * (np.cos(angle) * row + np.sin(angle) * column))
    noise = random.normal(0, random.uniform(0, 6), (side, side))
    return np.clip(values + noise, 0, 255).astype(np.uint8)


def frame(pixels: Pixels, random: Random, probability: float = 0.15, widest: float = 0.2) -> Pixels:
    """The image on a larger sheet of one grey level: a wide border, or the margin of a figure.

    Args:
        widest: border on one edge, in parts of the longer side.
    """
    if random.random() >= probability:
        return pixels
    top, bottom, left, right = (
        int(random.uniform(0, widest) * max(pixels.shape) * (random.random() < 0.6)) for _ in range(4)
    )
    level = int(random.choice([0, 0, 0, 255, 128]))
    framed = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=(level,))
    return np.asarray(framed, np.uint8)


def scribble(pixels: Pixels, random: Random, probability: float = 0.12) -> Pixels:
    """Arrows and a letter anywhere, as figures of publications have."""
    if random.random() >= probability:
        return pixels
    drawn, size = np.ascontiguousarray(pixels).copy(), max(pixels.shape)
    rows, columns = pixels.shape
    grey, width = int(random.choice([0, 255, 255, 200])), max(1, size // 150)
    for _ in range(int(random.integers(0, 4))):
        tip = np.array([random.uniform(0.1, 0.9) * columns, random.uniform(0.1, 0.9) * rows])
        tail = tip + random.uniform(-0.15, 0.15, 2) * size
        points = [(int(point[0]), int(point[1])) for point in (tail, tip)]
        cv2.arrowedLine(drawn, points[0], points[1], grey, width, cv2.LINE_AA, tipLength=0.3)
    corner = int(random.uniform(0, 0.9) * columns), int(random.uniform(0.1, 1.0) * rows)
    letter = str(random.choice(list("ABCDLRabc12")))
    cv2.putText(drawn, letter, corner, cv2.FONT_HERSHEY_SIMPLEX, size / 250, grey, width, cv2.LINE_AA)
    return drawn

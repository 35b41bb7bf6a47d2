"""What may happen to a film without changing what it shows: the network must not learn any of it."""

import cv2
import numpy as np

from cxr.geometry import Square
from cxr.radiograph import Pixels

Random = np.random.Generator


def jitter(square: Square, random: Random, shift: float, zoom: float) -> Square:
    """The square moved and scaled at random.

    Args:
        shift: furthest move of the centre along each axis, in parts of the side.
        zoom: largest change of the side; 0.1 is from 1 / 1.1 to 1.1.
    """
    side = max(8, round(square.side * float(np.exp(random.uniform(-1, 1) * np.log1p(zoom)))))
    rows, columns = random.uniform(-shift, shift, 2) * square.side
    offset = (square.side - side) / 2
    return Square(round(square.row + offset + rows), round(square.column + offset + columns), side)


def warp(images: list[Pixels], random: Random, degrees: float, stretch: float) -> list[Pixels]:
    """Images of one square side, turned and stretched alike about the centre; what comes from outside is black."""
    side = images[0].shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), random.uniform(-degrees, degrees), 1.0)
    matrix[0] *= np.exp(random.uniform(-1, 1) * np.log1p(stretch))
    matrix[0, 2] += side / 2 - (matrix[0, :2].sum() * side / 2 + matrix[0, 2])
    return [np.asarray(cv2.warpAffine(image, matrix, (side, side)), np.uint8) for image in images]


def expose(pixels: Pixels, random: Random, strength: float = 1.0) -> Pixels:
    """Another gamma, contrast and brightness, as another detector or display would give."""
    gamma = np.exp(random.uniform(-0.4, 0.4) * strength)
    contrast = np.exp(random.uniform(-0.35, 0.35) * strength)
    brightness = random.uniform(-30, 30) * strength
    levels = 255 * (np.arange(256) / 255) ** gamma
    table = np.clip((levels - 128) * contrast + 128 + brightness, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), np.uint8)


def retone(pixels: Pixels, random: Random, probability: float = 0.4) -> Pixels:
    """A random rising tone curve of eight pieces: detectors and displays differ by more than gamma and contrast."""
    if random.random() >= probability:
        return pixels
    knots = np.cumsum(random.random(9) + 0.15)
    knots = (knots - knots[0]) / (knots[-1] - knots[0]) * 255
    table = np.interp(np.arange(256), np.linspace(0, 255, 9), knots)
    return np.asarray(cv2.LUT(pixels, table.astype(np.uint8)), np.uint8)


def retexture(pixels: Pixels, random: Random, probability: float = 0.25) -> Pixels:
    """Mixed with a random convolution of itself, of the same mean and contrast.

    Source:
        RandConv, Xu et al. 2021: what keeps its shape and changes its texture is the same thing.
    """
    if random.random() >= probability:
        return pixels
    size = int(random.choice([1, 3, 5]))
    values = pixels.astype(np.float32)
    mixed = cv2.filter2D(values - 127.5, -1, random.standard_normal((size, size)).astype(np.float32) / size)
    mixed = (mixed - mixed.mean()) / (mixed.std() + 1e-3) * values.std() + values.mean()
    share = random.uniform(0.2, 0.8)
    return np.asarray(np.clip(share * mixed + (1 - share) * values, 0, 255), np.uint8)


def erase(pixels: Pixels, random: Random, probability: float = 0.25) -> Pixels:
    """A rectangle of one grey, the mean, somewhere: no single place may decide."""
    if random.random() >= probability:
        return pixels
    side = pixels.shape[0]
    rows, columns = (round(side * random.uniform(0.16, 0.4)) for _ in range(2))
    top, left = (int(random.integers(-rows // 2, side - rows // 2)) for _ in range(2))
    erased = pixels.copy()
    erased[max(0, top) : top + rows, max(0, left) : left + columns] = int(pixels.mean())
    return erased


def equalise(pixels: Pixels, random: Random, probability: float = 0.15) -> Pixels:
    """Local contrast as some workstations and many publications show it."""
    if random.random() >= probability:
        return pixels
    tiles = int(random.integers(2, 9))
    return np.asarray(cv2.createCLAHE(float(random.uniform(1, 3)), (tiles, tiles)).apply(pixels), np.uint8)


def degrade(pixels: Pixels, random: Random, probability: float = 0.3, coarsest: float = 0.25) -> Pixels:
    """Lost resolution, JPEG artefacts and noise, each with the given probability.

    Args:
        coarsest: the smallest share of the side that is kept before scaling up again.
    """
    side = pixels.shape[0]
    if random.random() < probability:
        small = max(8, round(side * random.uniform(coarsest, 0.8)))
        pixels = np.asarray(cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        pixels = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
    if random.random() < probability:
        quality = int(random.integers(15, 90))
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)
    if random.random() < probability:
        noise = random.standard_normal(pixels.shape, np.float32) * random.uniform(2, 12)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    return pixels


def collimate(pixels: Pixels, random: Random, widest: float = 0.12) -> Pixels:
    """Bars of one grey level along some edges, as a collimator or a careless crop leaves."""
    side = pixels.shape[0]
    framed = pixels.copy()
    level = int(random.choice([0, 0, 0, 255]))
    for turns in np.flatnonzero(random.random(4) < 0.5):
        np.rot90(framed, int(turns))[: int(random.uniform(0, widest) * side)] = level
    return framed


def annotate(pixels: Pixels, random: Random) -> Pixels:
    """A burned-in letter or two near an edge, so that letters tell nothing."""
    side = pixels.shape[0]
    text = "".join(random.choice(list("LRAPSUPINE0123456789"), int(random.integers(1, 4))))
    corner = int(random.uniform(0, 0.8) * side), int(random.choice([0.1, 0.97]) * side)
    grey = int(random.integers(150, 256))
    drawn = cv2.putText(pixels.copy(), text, corner, cv2.FONT_HERSHEY_SIMPLEX, side / 400, grey, 1, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)

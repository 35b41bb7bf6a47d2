"""What a film may go through before it reaches us, for measuring how much of a classifier's skill survives it."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from cxr.geometry import Square
from cxr.radiograph import Pixels
from training.chests import Chest
from training.examples import paint_over

Change = Callable[[Chest], Chest]


def blanked(chest: Chest) -> Chest:
    """The film with its lungs in one grey: whoever still tells its class has not looked at them."""
    whole = Square.whole(chest.film.shape)
    over = Square(-whole.row, -whole.column, whole.side)
    mask = np.asarray(cv2.resize(chest.mask, (over.side, over.side), interpolation=cv2.INTER_NEAREST), np.uint8)
    rows, columns = chest.film.shape
    return replace(chest, film=paint_over(chest.film, mask[over.row :, over.column :][:rows, :columns]))


def surroundings(chest: Chest) -> Chest:
    """The film with its lungs in one grey and all around them shown: what a source can be told by."""
    return replace(blanked(chest), region=np.ones_like(chest.region))


def _pixels(change: Callable[[Pixels], Pixels]) -> Change:
    return lambda chest: replace(chest, film=np.asarray(change(chest.film), np.uint8))


def _brighter(film: Pixels) -> Pixels:
    return np.asarray(np.clip(film.astype(np.float32) + 25, 0, 255), np.uint8)


def _contrast(film: Pixels) -> Pixels:
    return np.asarray(np.clip((film.astype(np.float32) - 128) * 0.75 + 128, 0, 255), np.uint8)


def _gamma(film: Pixels) -> Pixels:
    return np.asarray(255 * (film / 255) ** 1.3, np.uint8)


def _noise(film: Pixels) -> Pixels:
    random = np.random.default_rng(film.size)
    return np.asarray(np.clip(film + random.normal(0, 8, film.shape), 0, 255), np.uint8)


def _jpeg(film: Pixels) -> Pixels:
    _, encoded = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _blur(film: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(film, (0, 0), 1.0), np.uint8)


def turned(chest: Chest, degrees: float = 5) -> Chest:
    """The film, its mask and its region turned about the centre."""

    def turn(image: Pixels) -> Pixels:
        rows, columns = image.shape
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1.0)
        return np.asarray(cv2.warpAffine(image, matrix, (columns, rows)), np.uint8)

    return replace(chest, film=turn(chest.film), mask=turn(chest.mask), region=turn(chest.region))


def cropped(chest: Chest) -> Chest:
    """The classifier's square a tenth smaller: lungs that the film or the crop cuts."""
    less = round(0.05 * chest.square.side)
    square = Square(chest.square.row + less, chest.square.column + less, chest.square.side - 2 * less)
    return replace(chest, square=square)


CHANGES: dict[str, Change] = {
    "25 grey levels brighter": _pixels(_brighter),
    "three quarters of the contrast": _pixels(_contrast),
    "gamma 1.3": _pixels(_gamma),
    "noise of 8 grey levels": _pixels(_noise),
    "JPEG quality 30": _pixels(_jpeg),
    "blur of 1 pixel": _pixels(_blur),
    "turned by 5 degrees": turned,
    "cropped by a tenth": cropped,
}
"""Name to change. Films have at most 384 pixels on the longer side, so a pixel of blur or noise weighs much."""

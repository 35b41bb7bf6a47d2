"""Pictures that are drawn small, against the film's own size, shrunk."""

import cv2
import numpy as np
import pytest

from results.pictures import fitted, heat_map, heat_of_number, lung_mask
from results.schema import Conclusion, Map, Result

CELLS = 256
TOLERANCE = 0.025
"""Of the largest heat, beyond what a pixel more or less explains: a shrunk map is averaged, one that is drawn small is
not. Source: six levels of gray; these maps are noise, and a trained classifier's are smoother."""

SHAPES = [(2500, 2048), (2048, 2500), (1024, 1024), (1999, 333), (300, 257)]
SIDES = [1024, 512, 64]


def result(shape) -> Result:
    """Two lungs, and heat in a square that is not in the middle."""
    mask = np.zeros((CELLS, CELLS), np.uint8)
    for column in (90, 165):
        cv2.ellipse(mask, (column, 130), (25, 70), 0, 0, 360, 1, -1)
    heat = np.random.default_rng(0).uniform(0, 1, (14, 14)).astype(np.float32)
    longest = max(shape)
    crop = (shape[0] - longest) // 2 + longest // 7, (shape[1] - longest) // 2 + longest // 5, longest * 3 // 5
    return Result(
        conclusion=Conclusion(outcome="assessed", predicted_class="no_pathology"),
        mask=np.packbits(mask).tobytes(),
        mask_side=CELLS,
        crop=crop,
        heatmaps={"no_pathology": Map.of(heat)},
    )


def around(values, most):
    """The largest (or smallest) value within a pixel of each."""
    return (cv2.dilate if most else cv2.erode)(values, np.ones((3, 3), np.uint8))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_small_heat_map_is_the_large_one_shrunk_but_for_a_pixel(shape, side):
    large = heat_map(result(shape), shape, None)
    small = heat_map(result(shape), shape, None, side)
    shrunk = cv2.resize(large, small.shape[::-1], interpolation=cv2.INTER_AREA)

    assert small.shape == fitted(shape, side)
    assert (small <= around(shrunk, most=True) + TOLERANCE).all()
    assert (small >= around(shrunk, most=False) - TOLERANCE).all()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_small_mask_is_the_large_one_shrunk_but_for_a_pixel(shape, side):
    large = lung_mask(result(shape), shape)
    small = lung_mask(result(shape), shape, side)
    share = cv2.resize(large.astype(np.float32), small.shape[::-1], interpolation=cv2.INTER_AREA)
    shrunk = (share > 0.5).astype(np.uint8)

    assert small.shape == fitted(shape, side)
    assert (small <= around(shrunk, most=True)).all()
    assert (small >= around(shrunk, most=False)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_heat_of_a_number_is_stretched_as_its_film_was_squeezed_to_a_square(shape):
    cells = np.zeros((8, 8), np.float32)
    cells[2, 5] = 0.25

    heat = heat_of_number(Map.of(cells), shape)

    row, column = np.argwhere(heat == heat.max()).mean(axis=0)
    assert heat.shape == shape and heat.max() == pytest.approx(1.0, abs=0.02)
    assert (row + 0.5) / shape[0] == pytest.approx(2.5 / 8, abs=0.01)
    assert (column + 0.5) / shape[1] == pytest.approx(5.5 / 8, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "side", "expected"),
    [
        ((2500, 2048), None, (2500, 2048)),
        ((2500, 2048), 512, (512, 419)),
        ((2048, 2500), 512, (419, 512)),
        ((300, 257), 512, (300, 257)),
        ((50_000, 16), 512, (512, 1)),
    ],
)
def test_a_picture_is_never_larger_than_its_film_and_never_empty(shape, side, expected):
    assert fitted(shape, side) == expected
    assert heat_map(result(shape), shape, None, side).shape == expected

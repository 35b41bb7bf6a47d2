"""Where in the lungs the heat is highest."""

import numpy as np
import pytest

from review.arrivals.zones import hottest_zone


def lungs(times: int = 1) -> np.ndarray:
    """Two of them, so many times as large: the patient's right one is on the left of the picture, and taller."""
    mask = np.zeros((90, 100), np.uint8)
    mask[:, 10:40] = 255
    mask[:60, 60:90] = 255
    return np.kron(mask, np.ones((times, times), np.uint8))


def heat(row: int, column: int) -> np.ndarray:
    """Hottest there; hotter still outside the lungs, and cold but for that."""
    found = np.zeros((90, 100), np.uint8)
    found[row, column], found[45, 50] = 200, 255
    return found


@pytest.mark.parametrize(
    ("row", "column", "zone"),
    [
        (0, 20, "right upper zone"),
        (45, 39, "right mid zone"),
        (89, 10, "right lower zone"),
        (5, 89, "left upper zone"),
        (30, 60, "left mid zone"),
        (59, 75, "left lower zone"),
    ],
)
def test_a_zone_is_a_third_of_the_lung_on_its_side(row, column, zone):
    assert hottest_zone(heat(row, column), lungs()) == zone
    assert hottest_zone(heat(row, column), lungs(times=2)) == zone


def test_without_heat_in_the_lungs_there_is_no_zone():
    cold = np.zeros((90, 100), np.uint8)
    outside = cold.copy()
    outside[45, 50] = 255

    assert hottest_zone(cold, lungs()) == hottest_zone(outside, lungs()) == hottest_zone(outside, cold) == ""

import numpy as np
import pytest

from cxr import lungs
from cxr.geometry import Square


def probability(*regions: tuple[slice, slice]) -> np.ndarray:
    values = np.full((64, 64), 0.05, np.float32)
    for region in regions:
        values[region] = 0.95
    return values


LEFT, RIGHT = (slice(10, 50), slice(5, 25)), (slice(10, 50), slice(40, 60))


def test_clean_keeps_the_two_largest_regions():
    mask = lungs.clean(probability(LEFT, RIGHT, (slice(55, 60), slice(30, 36))))

    assert mask[LEFT].all()
    assert mask[RIGHT].all()
    assert mask[56, 32] == 0


def test_clean_drops_a_second_region_that_is_too_small_for_a_lung():
    mask = lungs.clean(probability(LEFT, (slice(30, 33), slice(50, 53))))

    assert mask[31, 51] == 0


def test_clean_fills_holes():
    values = probability(LEFT)
    values[20:30, 10:15] = 0.1

    assert lungs.clean(values)[LEFT].all()


def test_clean_of_nothing_is_empty():
    assert lungs.clean(probability()).sum() == 0


def test_agreement_is_high_where_the_segmenter_is_decided_and_low_where_not():
    sure, unsure = probability(LEFT, RIGHT), np.clip(probability(LEFT, RIGHT), 0.45, 0.55)

    assert lungs.agreement(sure, lungs.clean(sure)) > 0.85
    assert lungs.agreement(unsure, lungs.clean(unsure)) < 0.7


def test_agreement_of_nothing_is_zero():
    nothing = np.zeros((64, 64), np.float32)

    assert lungs.agreement(nothing, lungs.clean(nothing)) == 0


def test_quality_is_the_dice_between_the_points_that_were_measured():
    curve = {"agreement": [0.6, 0.8, 1.0], "dice": [0.2, 0.8, 0.96]}

    assert lungs.quality(0.7, curve) == pytest.approx(0.5)
    assert lungs.quality(0.1, curve) == pytest.approx(0.2)


@pytest.mark.parametrize("kind", ["separate", ""])
def test_the_region_covers_each_lung_and_what_its_outline_bends_around(kind: str):
    bent = lungs.clean(probability(LEFT, RIGHT))
    bent[20:40, 15:25] = 0

    region = lungs.region(bent, kind)

    assert region[LEFT].all()
    assert region[RIGHT].all()
    assert not region[:, 30:34].any()


def test_the_joint_region_covers_what_lies_between_the_lungs_and_nothing_far_from_them():
    region = lungs.region(lungs.clean(probability(LEFT, RIGHT)), lungs.JOINT)

    assert region[10:50, 5:60].all()
    assert not region[:8].any() and not region[:, 62:].any()


@pytest.mark.parametrize("kind", lungs.REGIONS)
def test_no_lungs_have_no_region(kind: str):
    assert not lungs.region(np.zeros((64, 64), np.uint8), kind).any()


def test_only_the_region_is_shown_and_nothing_in_it_is_black():
    pixels = np.zeros((2, 2), np.uint8)
    pixels[0] = 200

    assert lungs.shown(pixels, np.array([[1, 0], [1, 0]], np.uint8)).tolist() == [[200, 0], [1, 0]]


def test_crop_holds_both_lungs_with_a_margin():
    crop = lungs.crop(lungs.clean(probability(LEFT, RIGHT)))

    assert crop == Square(-1, 1, 62)

"""What one mask tells about both conventions."""

import numpy as np

from training.segmenter import known

LUNG = np.zeros((64, 64), np.uint8)
LUNG[16:48, 8:24] = LUNG[16:48, 40:56] = 1
MEDIASTINUM, OUTSIDE, INSIDE = (32, 32), (2, 2), (32, 12)


def test_lung_fields_leave_the_region_behind_the_heart_open() -> None:
    target, sure = known(LUNG, "lung fields")

    assert sure[0].all()
    assert not sure[1][MEDIASTINUM]
    assert sure[1][INSIDE] and target[1][INSIDE] == 1
    assert sure[1][OUTSIDE] and target[1][OUTSIDE] == 0


def test_what_is_no_lung_with_the_heart_is_none_without() -> None:
    target, sure = known(LUNG, "lungs with the region behind the heart")

    assert sure[1].all()
    assert not sure[0][INSIDE]
    assert sure[0][MEDIASTINUM] and target[0][MEDIASTINUM] == 0

"""What one mask tells about both conventions, and which masks are learned."""

from dataclasses import replace

import numpy as np
import pytest

from training.films import Films
from training.segmenter import SegmenterCourse, known
from training.settings import SegmenterSettings

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


def test_films_without_masks_are_no_lesson(films: Films) -> None:
    bare = replace(films, rows=films.rows.assign(mask=""))

    with pytest.raises(ValueError, match="no masks to learn from"):
        SegmenterCourse(bare, SegmenterSettings())


def test_masks_of_any_source_are_learned_but_montgomerys(films: Films) -> None:
    dataset = films.rows["dataset"].replace({"kermany": "own-archive", "shenzhen": "montgomery"})

    course = SegmenterCourse(replace(films, rows=films.rows.assign(dataset=dataset)), SegmenterSettings())

    assert set(course.pools) == {"own-archive"}

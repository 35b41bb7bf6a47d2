"""What a box around both lungs tells the segmenter, and how masks are judged by it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from cxr.geometry import Box
from training.course import fit
from training.films import Films
from training.lung_boxes import drawn, missed_base, outside, overlap, projection_loss, read_lung_boxes
from training.segmenter import BOXED, SegmenterCourse
from training.settings import SegmenterSettings

BOX = Box(10, 20, 40, 60)


def test_boxes_are_found_by_the_image_and_its_folder(tmp_path: Path) -> None:
    (tmp_path / "lungs.csv").write_text("image,row,column,rows,columns\na.png,1.4,2.6,30,40\nother.png,1,1,1,1\n")
    rows = pd.DataFrame({"image": ["b.png", "a.png"], "root": [str(tmp_path)] * 2})

    assert read_lung_boxes(rows) == {1: Box(1, 3, 30, 40)}


def test_a_box_is_drawn_with_its_margin_and_cut_at_the_films_edge() -> None:
    plain, wide = drawn(BOX, (52, 100)), drawn(BOX, (52, 100), 0.1)

    assert plain.sum() == 255 * 40 * 60
    assert wide.sum() == 255 * (52 - 6) * (80 + 6 - 14)  # four rows above and, cut, two below; six columns on each side


@pytest.mark.parametrize(
    ("found", "iou", "missed"),
    [
        (BOX, 1.0, 0.0),
        (Box(10, 20, 30, 60), 0.75, 0.25),
        (Box(10, 20, 50, 60), 0.8, 0.0),
        (Box(200, 20, 10, 10), 0.0, 0.0),
        (None, 0.0, 1.0),
    ],
)
def test_a_found_box_is_judged_by_its_overlap_and_by_what_it_misses_below(
    found: Box | None, iou: float, missed: float
) -> None:
    assert overlap(found, BOX) == pytest.approx(iou)
    assert missed_base(found, BOX) == pytest.approx(missed)


def test_lungs_that_touch_all_sides_of_the_box_lose_nothing_and_short_ones_lose() -> None:
    box = torch.zeros(1, 64, 64)
    box[:, 8:56, 8:56] = 1
    lungs = box.clone()
    lungs[:, :, 24:40] = 0  # the mediastinum leaves a gap in the columns' shadow
    lungs[:, 8:12, 24:40] = 1
    short = lungs.clone()
    short[:, 32:] = 0

    assert float(projection_loss(lungs, box)) < 0.01
    assert float(projection_loss(short, box)) == pytest.approx((1 - 2 * 24 / (24 + 48)) / 2, abs=1e-3)
    assert float(projection_loss(lungs[:0], box[:0])) == 0.0


def test_outside_the_box_there_is_no_lung_of_either_convention_and_inside_nothing_is_known() -> None:
    target, sure = outside(drawn(BOX, (64, 100)))

    assert not target.any()
    assert sure[:, 0, 0].all() and not sure[:, 30, 50].any()


def test_films_with_a_box_are_drawn_beside_those_with_masks(films: Films, tmp_path: Path) -> None:
    boxed = films.rows["image"][films.rows["dataset"] == "kermany"].tolist()
    lines = [f"{name},14,15,44,50" for name in boxed]
    (tmp_path / "lungs.csv").write_text("\n".join(["image,row,column,rows,columns", *lines]))
    rows = films.rows.assign(root=str(tmp_path))
    rows.loc[rows["dataset"] == "kermany", "mask"] = ""
    torch.manual_seed(0)

    course = SegmenterCourse(replace(films, rows=rows), SegmenterSettings(samples=4, batch=4, epochs=1))
    drawn = course.draw(np.random.default_rng(0))
    learned = course.step({name: torch.from_numpy(part) for name, part in drawn.items()})

    assert set(course.pools) == {"shenzhen", BOXED}
    assert set(rows["split"].iloc[course.pools[BOXED]]) == {"train"}
    assert learned["boxes"] > 0
    assert fit(course, tmp_path / "out", 1, 1, resume=False) == 1

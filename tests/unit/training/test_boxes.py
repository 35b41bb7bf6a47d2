"""Readers' boxes: read, drawn, and heat maps compared with them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from cxr.classifier import Classifier
from cxr.geometry import Square
from training.batches import Batch
from training.boxes import Marked, read_boxes
from training.chests import Chest
from training.classifier import boxes_of, outside_boxes
from training.examples import Example
from training.findings import OUTPUTS, TRAINED_FINDINGS
from training.pointing import cells_inside, grad_cam, point

BOX = Marked("Effusion", "Effusion", np.array([[20.0, 40.0, 20.0, 40.0]]), TRAINED_FINDINGS.index("Effusion"))
"""Rows 20 to 40, columns 40 to 80, of a film of 80 x 80."""


def chest() -> Chest:
    nothing = np.zeros((256, 256), np.uint8)
    return Chest(np.full((80, 80), 100, np.uint8), Square(0, 0, 80), nothing, nothing + np.uint8(1))


def test_boxes_are_found_by_the_image_and_its_folder(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(
        "image,label,row,column,rows,columns,source\n"
        "a.png,opacity,1,2,3,4,reader\na.png,opacity,5,6,7,8,reader\na.png,Nodule,1,1,1,1,reader\n"
        "other.png,opacity,1,2,3,4,reader\n"
    )
    rows = pd.DataFrame({"image": ["b.png", "a.png"], "root": [str(tmp_path)] * 2})

    found = read_boxes(rows)

    assert list(found) == [1]
    assert {marked.finding: len(marked.boxes) for marked in found[1]} == {"Lung_Opacity": 2, "Lung_Lesion": 1}


def test_folders_without_boxes_have_none(tmp_path: Path) -> None:
    assert read_boxes(pd.DataFrame({"image": ["a.png"], "root": [str(tmp_path)]})) == {}


def test_a_box_is_drawn_where_it_is_on_the_letterboxed_film() -> None:
    drawn = BOX.mask((80, 160))  # the square begins 40 rows above the film, 1.6 cells a pixel

    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    assert (rows[0], rows[-1]) == (96, 127)
    assert (columns[0], columns[-1]) == (64, 127)


def test_a_map_that_is_hot_in_the_box_alone_hits_it_and_another_does_not() -> None:
    inside = cells_inside(8, chest(), BOX)
    assert inside[2:4, 4:8].all() and inside.sum() == 8

    good, bad = inside.astype(np.float32), (~inside).astype(np.float32)

    assert (point(good, chest(), BOX).hit, point(good, chest(), BOX).share) == (1.0, 1.0)
    assert point(good, chest(), BOX).overlaps.max() == 1.0
    assert (point(bad, chest(), BOX).hit, point(bad, chest(), BOX).share) == (0.0, 0.0)


def test_a_cold_map_hits_nothing() -> None:
    cold = point(np.zeros((8, 8), np.float32), chest(), BOX)

    assert (cold.hit, cold.share, cold.overlaps.max()) == (0.0, 0.0, 0.0)


def boxed(pixels: torch.Tensor, example: Example) -> Batch:
    """A batch of one example, of the second class."""
    boxes = {name: torch.from_numpy(part) for name, part in boxes_of([example], 8).items()}
    return {"pixels": pixels, "classes": torch.tensor([1]), **boxes}


def test_the_boxes_loss_falls_as_the_heat_moves_into_the_box() -> None:
    pixels, share = torch.full((1, 1, 64, 64), 100), np.zeros((8, 8), np.float32)
    share[2:4, 4:8] = 1
    batch = boxed(pixels, Example(pixels[0, 0].numpy().astype(np.uint8), 3, share))
    losses = []
    for height in (0.0, 5.0):
        maps = torch.zeros(1, OUTPUTS, 8, 8)
        maps[:, :, 2:4, 4:8] = height
        losses.append(float(outside_boxes(maps, batch)))

    assert losses[0] == pytest.approx(np.log(8), abs=1e-4), "an even map has an eighth of its heat there"
    assert losses[1] < 0.1


def test_examples_without_boxes_lose_nothing() -> None:
    pixels = torch.full((1, 1, 64, 64), 100)
    batch = boxed(pixels, Example(pixels[0, 0].numpy().astype(np.uint8)))

    assert float(outside_boxes(torch.zeros(1, OUTPUTS, 8, 8), batch)) == 0.0


@pytest.mark.parametrize("body", ["efficientnet-lite0", "densenet121"])
def test_grad_cam_has_a_map_of_the_size_that_is_asked_for(body: str) -> None:
    torch.manual_seed(0)
    network = Classifier(OUTPUTS, body).eval()

    heat = grad_cam(network, torch.randint(1, 256, (1, 1, 64, 64), dtype=torch.uint8), 4, 8)

    assert heat.shape == (8, 8) and (heat >= 0).all()

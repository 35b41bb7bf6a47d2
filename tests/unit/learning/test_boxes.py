"""Boxes that readers drew: which count, what each asks of which map, and what a layer makes of them."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from cxr.classifier import Classifier
from cxr.geometry import Square
from learning.boxes import FREEHAND, INFLUENCED, NOTHING, UNHEARD, Drawn, Opinion, outputs, read, told
from learning.findings import lesson_of, row_of
from learning.head import Head, Lesson, probabilities
from learning.marks import EVERYTHING, OUTSIDE, TINY, Mark, asked, marks_of, within
from learning.places import Places, places
from learning.teaching import Held
from learning.warming import Asked, warmed
from training.findings import OUTPUTS, TRAINED_FINDINGS
from vocabulary.conditions import CLASSES

INTERSTITIAL, OTHER, NORMAL = CLASSES
EFFUSION, LESION = (len(CLASSES) + TRAINED_FINDINGS.index(name) for name in ("Effusion", "Lung_Lesion"))
SQUARE = Square(10, 20, 80)
"""With maps of eight cells a side, each of ten pixels."""


def box(row: float, column: float, rows: float, columns: float, reader: str = "one", output: int = 0) -> Drawn:
    """In pixels of the film, from the corner of the square."""
    return Drawn(7, reader, (output,), SQUARE.row + row, SQUARE.column + column, rows, columns)


def film(shown: np.ndarray | None = None) -> Places:
    """Two features: how far down a place is, and how far to the right, in cells of 20 pixels."""
    down, across = np.mgrid[:4, :4].astype(np.float32)
    return Places(np.stack([down, across]), np.ones((8, 8)) if shown is None else shown)


def only(boxes: list[Drawn], seen: Places | None = None) -> Mark:
    (mark,) = marks_of(boxes, SQUARE, seen or film(), Counter())
    return mark


@pytest.mark.parametrize(
    ("label", "finding", "maps"),
    [
        (INTERSTITIAL, None, (0,)),
        (OTHER, None, (1,)),
        (OTHER, "Effusion", (1, EFFUSION)),
        (INTERSTITIAL, "Effusion", (EFFUSION,)),  # beside the pneumonia
        (OTHER, "Nodule", (1, LESION)),
        (OTHER, "Fracture", (1,)),  # has no map of its own
        (NORMAL, None, ()),
    ],
)
def test_a_box_asks_something_of_the_maps_of_what_it_is_of(
    label: str, finding: str | None, maps: tuple[int, ...]
) -> None:
    assert outputs(label, finding) == maps


def test_boxes_that_do_not_count_are_told_by_why(tmp_path: Path) -> None:
    shape = {"kind": "box", "finding": None, "points": [[30, 12], [10, 2]]}
    shapes = [
        shape | {"reader": "blind"},
        shape | {"reader": "blind", "kind": "freehand"},
        shape | {"reader": "saw"},
        shape | {"reader": "normal"},
        shape | {"reader": "nobody"},
    ]
    (tmp_path / "shapes.json").write_text(json.dumps({"films/a.png": shapes}))
    said = {"blind": Opinion(OTHER, True), "saw": Opinion(OTHER, False), "normal": Opinion(NORMAL, True)}

    found = read(
        tmp_path / "shapes.json", {("films/a.png", who): what for who, what in said.items()}, {"films/a.png": 3}
    )

    assert found.drawn == [Drawn(3, "blind", (1,), row=2, column=10, rows=10, columns=20)]
    assert found.left_out == {FREEHAND: 1, INFLUENCED: 1, NOTHING: 1, UNHEARD: 1}
    assert read(tmp_path / "no such file", {}, {}).drawn == []


def test_a_box_has_the_parts_of_the_cells_that_lie_in_it() -> None:
    part = within(box(10, 25, 10, 20), SQUARE, 8)

    assert part[1].tolist() == [0, 0, 0.5, 1, 0.5, 0, 0, 0]
    assert part.sum() == 2


def test_what_a_box_asks_is_the_features_in_it_less_those_outside() -> None:
    mark = only([box(0, 0, 80, 40)])  # the left half

    # Across, maps are finer than features: 0, 0.25, 0.75, 1.25 | 1.75, 2.25, 2.75, 3 from left to right.
    assert mark.away == pytest.approx([0, 0.5625 - 2.4375])


def test_what_the_classifier_is_not_shown_counts_for_nothing() -> None:
    shown = np.ones((8, 8))
    shown[:, 0] = 0

    assert only([box(0, 0, 80, 40)], film(shown)).away == pytest.approx([0, 0.75 - 2.4375])


def test_where_two_readers_agree_counts_more_and_where_one_of_three_drew_is_no_hit() -> None:
    twice = only([box(0, 0, 80, 20), box(0, 0, 80, 40, "two")])

    # The first two columns are in both readers' boxes, the next two in one's.
    assert twice.away[1] == pytest.approx((0.125 * 2 + 1.0 * 1) / 3 - 2.4375)
    thrice = only([box(0, 0, 80, 20), box(0, 0, 80, 20, "two"), box(0, 60, 80, 20, "three")])
    assert thrice.hit(np.array([0.0, -1.0]), 5.0)
    assert not thrice.hit(np.array([0.0, 1.0]), 5.0)


@pytest.mark.parametrize(
    ("drawn", "why"),
    [
        ([box(40, 40, 5, 5)], TINY),
        ([box(-30, -30, 20, 20)], OUTSIDE),
        ([box(0, 0, 80, 80)], EVERYTHING),
        ([box(0, 0, 80, 41), box(0, 39, 80, 41, "two")], EVERYTHING),  # together
    ],
)
def test_a_box_that_tells_no_place_does_nothing_and_is_told(drawn: list[Drawn], why: str) -> None:
    left_out: Counter[str] = Counter()

    assert list(marks_of(drawn, SQUARE, film(), left_out)) == []
    assert left_out == {why: len(drawn)}


def test_a_map_is_hit_where_its_hottest_place_is_in_a_box_and_hot_at_all() -> None:
    mark = only([box(60, 0, 20, 80)])

    assert mark.hit(np.array([1.0, 0.0]), 0.0)
    assert not mark.hit(np.array([-1.0, 0.0]), 0.0)
    assert not mark.hit(np.array([1.0, 0.0]), -9.0)


def test_places_give_the_logits_and_the_maps_that_are_served() -> None:
    torch.manual_seed(0)
    network = Classifier(OUTPUTS).eval()
    pixels = torch.randint(1, 256, (2, 1, 64, 64), dtype=torch.uint8)
    pixels[:, :, :20] = 0
    with torch.inference_mode():
        logits, maps = network(pixels)
        pooled = network.pooled(pixels)
    row, bias = network.maps.weight[1, :, 0, 0].detach().double().numpy(), float(network.maps.bias.detach()[1])

    for at, seen in enumerate(places(network, pixels[:, 0].numpy())):
        heat = seen.heat(row, bias)
        assert np.allclose(heat, maps[at, 1], atol=1e-5)
        assert heat.mean() == pytest.approx(float(logits[at, 1]), abs=1e-5)
        assert np.allclose(seen.mean(np.ones((8, 8))), pooled[at], atol=1e-5)


def test_a_film_s_boxes_weigh_alike_however_many_maps_they_ask() -> None:
    many = [Mark(film, output, np.ones(2), film_places, film_places.shown) for film, output in ((1, 0), (1, 1), (2, 0))]

    found = asked(many, range(len(CLASSES)), 0.6)

    assert found is not None and found.row.tolist() == [0, 1, 0]
    assert found.weight.tolist() == [0.3, 0.3, 0.6]
    assert asked(many, range(EFFUSION, EFFUSION + 1), 0.6) is None
    assert asked(many, range(len(CLASSES)), 0.0) is None


film_places = film()


def test_what_is_not_met_is_the_logistic_loss_of_the_margin_with_its_gradient() -> None:
    random = np.random.default_rng(0)
    boxes = Asked(np.array([0, 2, 2]), random.normal(size=(3, 4)), np.array([1.0, 0.5, 2.0]))
    layer = random.normal(size=(3, 4))

    margin = boxes.margin(layer)
    loss, slope = boxes.unmet(margin)

    by_hand = [layer[row] @ away for row, away in zip(boxes.row, boxes.away, strict=True)]
    assert margin.tolist() == pytest.approx(by_hand)
    assert loss == pytest.approx(sum(w * np.log1p(np.exp(-m)) for w, m in zip(boxes.weight, margin, strict=True)))
    for at in range(3):
        step = 1e-6 * np.eye(3)[at]
        by_steps = (boxes.unmet(margin + step)[0] - boxes.unmet(margin - step)[0]) / 2e-6
        assert slope[at] == pytest.approx(by_steps, abs=1e-6)


def films(seed: int, count: int = 150) -> Lesson:
    """Three classes, told by the first feature; the last one tells nothing."""
    random = np.random.default_rng(seed)
    classes = random.integers(3, size=count)
    features = random.normal(0, 1, (count, 4))
    features[:, 0] += classes
    return Lesson.known(features, classes, 3)


def test_boxes_turn_a_layer_to_what_is_in_them_and_the_same_boxes_give_the_same_layer() -> None:
    served = Head(np.zeros((3, 4)), np.zeros(3))
    ask = Asked(np.zeros(20, np.int64), np.tile([0.0, 0.0, 0.0, 1.0], (20, 1)), np.ones(20))

    held = Held.by(served, films(1))

    without, taught, again = (held.taught(films(0), 30.0, 1.0, each) for each in (None, ask, ask))

    assert taught.weight[0, 3] > without.weight[0, 3] + 0.1
    assert np.array_equal(taught.weight, again.weight)


def test_boxes_warm_the_classes_maps_where_they_are_and_move_no_probability() -> None:
    head, site, base = Head(np.random.default_rng(3).normal(size=(3, 4)), np.arange(3.0)), films(0), films(1)
    ask = Asked(np.array([0, 1] * 10), np.tile([0.0, 0.0, 0.0, 1.0], (20, 1)), np.ones(20))

    found = warmed(head, ask, base)

    rows = found.weight - head.weight
    assert np.allclose(rows, rows[0])
    assert rows[0, 3] > 0.1 and np.allclose(rows[0, :3], 0)
    assert np.allclose(probabilities(found, site.features, 1.0), probabilities(head, site.features, 1.0), atol=1e-12)
    assert found.logits(base.features).mean() == pytest.approx(head.logits(base.features).mean())
    assert np.array_equal(warmed(head, ask, base).weight, found.weight)


def test_the_row_that_boxes_add_is_where_its_pull_and_its_anchor_are_equal() -> None:
    base = Lesson.known(np.array([[-1.0], [1.0]]), np.arange(2), 2)  # of unit variance

    added = float(
        warmed(Head(np.zeros((2, 1)), np.zeros(2)), Asked(np.array([0]), np.ones((1, 1)), np.ones(1)), base).weight[
            0, 0
        ]
    )

    # d/dv log(1 + exp(-v)) + 15 v^2 = 0
    assert 30 * added == pytest.approx(1 / (1 + np.exp(added)), abs=1e-4)


def test_a_finding_s_boxes_turn_its_row_and_both_of_its_halves_stay_opposite() -> None:
    random = np.random.default_rng(4)
    present = random.integers(2, size=200)
    features = random.normal(0, 1, (200, 4))
    features[:, 0] += present
    lesson, served = lesson_of(features, present), (np.zeros(4), 0.0)
    ask = Asked(np.zeros(20, np.int64), np.tile([0.0, 0.0, 0.0, 1.0], (20, 1)), np.full(20, 3.0))

    without, _ = row_of(served, lesson, lesson, lesson)
    row, bias = row_of(served, lesson, lesson, lesson, ask)

    assert row[3] > without[3] + 0.05
    assert row[0] == pytest.approx(without[0], abs=0.1)
    assert np.isfinite(bias)


def test_a_lesson_s_boxes_are_told_in_one_line() -> None:
    assert list(told({"films": 0, "weight": 0.5, "left_out": {}})) == []
    assert list(told({"films": 4, "weight": 0.5, "left_out": {TINY: 2, OUTSIDE: 1}})) == [
        "boxes: those on 4 films taught where maps are to be warm, 0.5 labels a film; "
        "left out: 2 too small, 1 outside the lungs"
    ]
    assert list(told({"films": 4, "weight": 0.0, "left_out": {}})) == ["boxes: those on 4 films taught nothing"]

"""The table of what boxes are worth."""

from tests.trials.learn.pointing import Told, cells, lines


def told(draw: int, weight: float | None, hit: float, auroc: float) -> Told:
    return Told("nih", 50, weight, draw, False, hit, float("nan"), float("nan"), auroc, 0.9)


def test_each_draw_is_compared_with_the_same_draw_without_boxes() -> None:
    found = cells([
        told(0, None, 0.2, 0.70), told(1, None, 0.4, 0.70),
        told(0, 0.0, 0.3, 0.75), told(1, 0.0, 0.5, 0.77),
        told(0, 1.0, 0.5, 0.74), told(1, 1.0, 0.4, 0.79),
    ])  # fmt: skip

    with_boxes = found[2]
    assert (with_boxes["hit"], with_boxes["hit_gain"], with_boxes["hit_worse"]) == (0.45, 0.05, 0.5)
    assert (with_boxes["auroc_gain"], with_boxes["auroc_worse"]) == (0.005, 0.5)


def test_the_table_has_a_line_for_each_and_nothing_where_there_are_no_such_boxes() -> None:
    lined = lines(cells([told(0, None, 0.2, 0.7), told(0, 0.0, 0.3, 0.75), told(0, 30.0, 0.5, 0.74)]))

    assert [line.split(" | ")[2] for line in lined[2:]] == ["nothing", "labels alone", "labels and boxes, 30"]
    assert "nan" not in "".join(lined)
    assert "0.500 (0%)" in lined[-1]

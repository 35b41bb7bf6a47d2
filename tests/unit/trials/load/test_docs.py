"""docs/load.md's marked places."""

import json

import pytest

from tests.trials.bench import docs as bench
from tests.trials.bench import targets
from tests.trials.load import docs, thresholds
from tests.trials.load.kit.sending.record import Record, Request
from tests.trials.load.kit.sending.shapes import Load, made

PLACES = [*docs.TABLES, "capacity"]


@pytest.fixture
def overload_report():
    """As `make load ARGS="--shape overload"` writes it."""
    record = Record()
    lanes = ("routine", "urgent")
    record.requests += [Request("PNG", lanes[each % 2], each / 10, 200.0, shed=each % 7 == 0) for each in range(600)]
    shape = made(Load("overload", 60.0, 16, 10.0, 3.0))
    figures = record.figures(shape, 10)
    return figures | {
        "commit": "abc",
        "taken": "2026-01-02T03:04:05+00:00",
        "machine": {"cpu": "a processor", "cores": 2, "idle_before": True, "busy_before_percent": 1.0},
        "seconds": 60.0,
        "mix": "uncached, 10% urgent",
        "capacity_per_s": 10.0,
        "verdicts": targets.stored(thresholds.verdicts(shape, figures, 10, {})),
    }


def test_the_page_has_a_place_for_every_shape_and_for_the_capacity():
    """Or the figures would have nowhere to go."""
    text = docs.PAGE.read_text()

    assert all(f"<!-- {name} -->" in text and f"<!-- /{name} -->" in text for name in PLACES)


def test_a_shapes_report_fills_its_place(tmp_path, overload_report):
    """Phases with their lanes, and which limits were met; the other places stay as they are."""
    page = tmp_path / "load.md"
    page.write_text("\n".join(f"<!-- {name} -->\nold {name}\n<!-- /{name} -->" for name in PLACES))
    (tmp_path / "load-overload.json").write_text(json.dumps(overload_report))

    assert bench.write(page, tmp_path, docs.TABLES) == ["load-overload"]

    text = page.read_text()
    assert "60 s, uncached, 10% urgent; capacity 10 films/s." in text
    assert "| half, urgent | " in text
    assert "| overload (30/s) | " in text
    assert "**missed**" in text, "what was shed at half load"
    assert "old load-overload" not in text
    assert "old load-soak" in text

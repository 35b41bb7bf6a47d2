"""docs/performance.md's marked places."""

import json

import pytest

from tests.trials.bench import docs, targets
from tests.trials.bench.errors import MeasurementError

PAGE = "# Speed\n\n<!-- bench -->\n<!-- /bench -->\n\n<!-- load -->\nold\n<!-- /load -->\n\nend\n"


def load_report():
    """As `make load` writes it."""
    part = {"requests_per_s": 21.5, "p50_ms": 700.0, "p95_ms": 910.5, "p99_ms": 1000.0, "requests": 1290, "errors": 0}
    return {
        "commit": "abc",
        "taken": "2026-01-02T03:04:05+00:00",
        "machine": {"cpu": "a processor", "cores": 2, "idle_before": True, "busy_before_percent": 1.0},
        "users": 16,
        "seconds": 60,
        "mixes": {"uncached": {**part, "kinds": {"PNG": part}}},
        "targets": targets.stored(targets.judge(targets.LOAD, {"uncached_over_in_process_best": 0.7})),
    }


def test_only_the_place_of_the_report_that_is_there_is_filled(tmp_path):
    """And nothing of the old figures stays."""
    page = tmp_path / "performance.md"
    page.write_text(PAGE)
    (tmp_path / "load.json").write_text(json.dumps(load_report()))

    assert docs.write(page, tmp_path) == ["load"]

    text = page.read_text()
    assert "| uncached, PNG | 21.5 | 700 | 910.5 | 1000 | 1290 | 0 |" in text
    assert "**missed**" in text
    assert "old" not in text
    assert "<!-- bench -->\n<!-- /bench -->" in text
    assert text.endswith("<!-- /load -->\n\nend\n")


def test_filling_twice_changes_nothing(tmp_path):
    """So that the page can be filled after every run."""
    page = tmp_path / "performance.md"
    page.write_text(PAGE)
    (tmp_path / "load.json").write_text(json.dumps(load_report()))
    docs.write(page, tmp_path)
    once = page.read_text()

    docs.write(page, tmp_path)

    assert page.read_text() == once


def test_no_report_is_told(tmp_path):
    """With what writes one."""
    page = tmp_path / "performance.md"
    page.write_text(PAGE)

    with pytest.raises(MeasurementError, match="make bench"):
        docs.write(page, tmp_path)


def test_the_real_page_has_both_places():
    """Or the figures would have nowhere to go."""
    text = docs.PAGE.read_text()

    assert all(f"<!-- {name} -->" in text and f"<!-- /{name} -->" in text for name in docs.TABLES)

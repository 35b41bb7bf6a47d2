"""The tables of capacity in docs/load.md."""

from dataclasses import asdict

import pytest

from tests.trials.bench import targets
from tests.trials.capacity import check, docs
from tests.trials.capacity.check import Point, Result
from tests.trials.capacity.demands import Demands


def result(name, predicted, measured, others=0.0):
    """Of one trial."""
    return Result(name, "one", 16, 20.0, "all processors", predicted, measured, 900.0, 950.0, {}, 0, others)


@pytest.fixture
def report(demands):
    """As `make trial ARGS="capacity"` writes it."""
    trials = [result("near", 20, 19), result("far", 20, 10), result("not alone", 20, 19, others=0.5)]
    figures = {
        "commit": "abc",
        "taken": "2026-01-02T03:04:05+00:00",
        "machine": {"cpu": "a processor", "cores": 2, "idle_before": True, "busy_before_percent": 1.0},
        "seconds": 30.0,
        "demands": {"1": demands.stored()},
        "trials": [asdict(trial) | {"off": round(trial.off, 3)} for trial in trials],
        "curve": [asdict(Point(6.0, 100.0)), asdict(Point(10.0, 150.0, 160.0))],
    }
    return figures | {"targets": targets.stored(check.verdicts(figures))}


def test_a_prediction_is_near_enough_or_it_is_not(report):
    """And where others had the processors, nothing is known."""
    assert {name: target["met"] for name, target in report["targets"].items()} == {
        "near": True,
        "far": False,
        "not alone": None,
    }


def test_the_tables_tell_what_a_film_takes_and_how_it_went(report):
    """In milliseconds, films a second, and shares."""
    text = docs.tables(report)

    assert "| segmenter worker | 20.0 |" in text
    assert "| all but the load test | 81.0 |" in text
    assert "| far | 16 | all processors | 20 | 10 | 100% | 900 | 950 |" in text
    assert "| 6.0 | 100.0 |  |" in text
    assert "| off, far | ≤ 0.15 | 1 | **missed** |" in text


def test_what_is_stored_is_read_again(demands):
    """To plan with it later."""
    assert Demands.read(demands.stored()) == demands

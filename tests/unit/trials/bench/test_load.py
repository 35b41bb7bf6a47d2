"""What the load test takes as an answer, and whom it asks."""

import json

import pytest

from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.loopback import loopback
from tests.trials.load.kit.sending.answers import shed, unexpected
from tests.trials.load.kit.sending.record import Record, Request
from tests.trials.load.kit.sending.shapes import Load, made

CLASSES = {"no_pathology": 0.9, "other_pathology": 0.1}


def answer(**changes):
    """As the gateway gives it."""
    whole = {
        "id": "01JD",
        "created": "2026-01-02T03:04:05Z",
        "outcome": "assessed",
        "discriminator": {"frontal": 0.9},
        "lungs": {"quality": 0.9},
        "classes": CLASSES,
        "predicted_class": "no_pathology",
        "models": {"classifier": "1.0.0"},
        "timings_ms": {"total": 50.0},
        "cached": False,
    }
    return json.dumps({**whole, **changes}).encode()


def test_the_answer_that_the_film_had_alone_is_expected():
    """And nothing is wrong with it."""
    assert unexpected(200, answer(), CLASSES, cached=False) is None


@pytest.mark.parametrize(
    ("status", "body", "wrong"),
    [
        pytest.param(429, b'{"code": "overloaded"}', "status 429 overloaded", id="full"),
        pytest.param(502, b"<html>", "status 502", id="no-problem-details"),
        pytest.param(200, b"assessed", "not JSON", id="not-json"),
        pytest.param(200, answer(outcome="failed", classes=None), "outcome failed, without classes", id="failed"),
        pytest.param(200, answer(outcome="refused"), "outcome refused", id="refused"),
        pytest.param(200, answer(models=None), "outcome assessed, without models", id="field-missing"),
        pytest.param(200, answer(cached=True), "cached is True instead of False", id="cached"),
        pytest.param(200, answer(classes={"no_pathology": 0.8, "other_pathology": 0.2}), "other classes", id="wrong"),
        pytest.param(200, answer(classes={"no_pathology": 1.0}), "other classes", id="fewer-classes"),
    ],
)
def test_anything_else_is_unexpected(status, body, wrong):
    """Each with words that say what it was."""
    assert (unexpected(status, body, CLASSES, cached=False) or "").startswith(wrong)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "http://127.0.0.2"]
)
def test_this_machine_is_measured(url):
    """By any of its own names."""
    assert loopback(f"{url}/") == url


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:8000", "https://hospital.example", "http://127.0.0.1.example", "127.0.0.1:8000", ""]
)
def test_no_other_machine_is_measured(url):
    """Nor what only looks like this one."""
    with pytest.raises(MeasurementError, match="not on this machine"):
        loopback(url)


@pytest.mark.parametrize("url", ["https://cxr-test.hospital.example", "http://CXR-test.hospital.example:8000"])
def test_a_test_system_is_measured_where_it_is_named(url):
    """By whoever starts the test, and only that one."""
    assert loopback(url, ["CXR-Test.hospital.example"]) == url
    with pytest.raises(MeasurementError, match="--allow-host"):
        loopback(url, ["cxr.hospital.example"])


@pytest.mark.parametrize("url", ["", "hospital.example", "http://"])
def test_what_has_no_host_is_not_measured_whatever_is_named(url):
    """An empty name allows nothing."""
    with pytest.raises(MeasurementError):
        loopback(url, [""])


@pytest.mark.parametrize(
    ("status", "retry_after", "right"),
    [
        pytest.param(429, "2", True, id="told-when-to-come-back"),
        pytest.param(429, None, False, id="not-told"),
        pytest.param(429, "0", False, id="at-once"),
        pytest.param(429, "soon", False, id="in-words"),
        pytest.param(503, "2", False, id="something-else"),
    ],
)
def test_who_is_too_many_is_told_when_to_come_back(status, retry_after, right):
    """In whole seconds."""
    assert shed(status, retry_after) is right


def test_figures_of_a_record():
    """Four requests over two seconds, one of them wrong."""
    record = Record()
    record.begin()
    for number, error in enumerate((None, None, "status 502", None)):
        record.requests.append(Request("PNG" if number % 2 else "DICOM", "routine", number * 0.5, 500.0, error))

    figures = record.figures(made(Load("steady", 2.0, 1, 1.0, 1.0)), 10)

    assert (figures["requests"], figures["errors"], figures["requests_per_s"]) == (4, 1, 2.0)
    assert figures["messages"] == {"status 502": 1}
    assert figures["kinds"]["DICOM"]["errors"] == 1
    assert figures["p99_ms"] == 500.0
    assert figures["goodput_per_s"] == 1.5


def test_a_workers_requests_are_counted_once():
    """It tells what is new each time, and its processor time so far."""
    worker, master = Record(), Record()
    worker.begin()
    for number in range(3):
        worker.requests.append(Request("PNG", "urgent", number, 100.0, None, number == 2))
        master.add("worker 1", worker.drain())

    figures = master.figures(made(Load("steady", 3.0, 1, 1.0, 1.0)), 10)

    assert (figures["requests"], figures["shed"]) == (3, 1)
    assert list(figures["phases"]["steady"]["lanes"]) == ["urgent"]

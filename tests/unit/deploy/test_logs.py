from pathlib import Path

import pytest

from local import logs
from local.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    places = Places(tmp_path)
    places.log("any").parent.mkdir()
    return places


def test_lines_of_all_processes_are_in_the_order_of_their_times(places: Places) -> None:
    places.log("gateway").write_text(
        '{"event": "asked", "timestamp": "2026-11-23T15:00:01.000001Z"}\n'
        '{"event": "answered", "timestamp": "2026-11-23T15:00:03.000001Z"}\n'
    )
    places.log("classifier").write_text("2026-11-23T15:00:02.500Z WARN WorkerThread died\n  because\n")

    lines = list(logs.merged(places, ("gateway", "classifier"), 10))

    assert [line.split("|")[0].strip() for line in lines] == ["gateway", "classifier", "classifier", "gateway"]
    assert lines[2].endswith("|   because")  # stays with its line


def test_only_the_last_lines_are_shown(places: Places) -> None:
    places.log("valkey").write_text("".join(f"{number}\n" for number in range(50)))

    assert list(logs.merged(places, ("valkey",), 2)) == ["       valkey | 48", "       valkey | 49"]
    assert logs.last_lines(places.log("valkey"), 1) == "  49"
    assert logs.last_lines(places.log("gateway"), 1) == "  (nothing)"


def test_followed_log_goes_on_in_whole_lines_and_after_it_was_rotated(places: Places) -> None:
    log = places.log("valkey")
    log.write_text("before\n")
    lines = logs.follow(places, ("valkey", "gateway"), poll_s=0)

    with log.open("a") as file:
        file.write("one\ntw")
    assert next(lines) == "       valkey | one"

    with log.open("a") as file:
        file.write("o\n")
    assert next(lines) == "       valkey | two"

    log.write_text("new\n")
    assert next(lines) == "       valkey | new"


def test_stage_stands_for_its_replicas_of_every_release_and_those_that_are_added(places: Places) -> None:
    for name in ("gateway", "classifier", "classifier-2", "next-classifier"):
        places.log(name).write_text(f"{name}\n")

    lines = [line.rpartition(" ")[2] for line in logs.merged(places, ("classifier",), 10)]
    added = logs.follow(places, ("classifier",), poll_s=0)
    places.log("classifier-3").write_text("new\n")

    assert sorted(lines) == ["classifier", "classifier-2", "next-classifier"]
    assert next(added) == " classifier-3 | new"
    assert logs.wanted(places, ("classifier-2", "gateway")) == ["classifier-2", "gateway"]

"""Waiting for a stack's processes, with a supervisor that is only spoken of."""

import itertools
from pathlib import Path

import pytest

from local.errors import DiedError, NotReadyError
from local.ports import Ports
from local.stack import Stack
from local.supervision import ProcessInfo, Supervision
from local.waiting import MAX_LIVES, unsaid, until_ready


class Supervised(Supervision):
    """Valkey runs, each time that it is asked about with the next of its process ids."""

    def __init__(self, pids: "itertools.count[int] | itertools.repeat[int]") -> None:
        self._pids = pids
        self.asked = 0

    def processes(self) -> list[ProcessInfo]:
        self.asked += 1
        return [ProcessInfo("valkey", "RUNNING", next(self._pids), 3), ProcessInfo("gateway", "FATAL", 0, 0)]


def supervised(tmp_path: Path, pids: "itertools.count[int] | itertools.repeat[int]") -> tuple[Stack, Supervised]:
    stack = Stack(tmp_path, Ports.free(), tmp_path, processes=["valkey", "gateway"])
    supervision = Supervised(pids)
    stack.supervision = supervision
    log = stack.places.log("valkey")
    log.parent.mkdir(parents=True)
    log.write_text("Can't open the log file\n")
    return stack, supervision


def test_process_that_lives_for_seconds_and_dies_again_and_again_is_told(tmp_path: Path) -> None:
    """Supervisor calls it running each time; on a slow machine whoever cannot start takes so long to find out."""
    stack, supervision = supervised(tmp_path, itertools.count(100))

    with pytest.raises(DiedError, match=r"The valkey does not stay up.*\n.*Can't open the log file"):
        until_ready(stack, ["valkey"], 60, unsaid)

    assert supervision.asked == MAX_LIVES + 1


def test_process_that_lives_and_does_not_answer_is_late(tmp_path: Path) -> None:
    stack, supervision = supervised(tmp_path, itertools.repeat(100))

    with pytest.raises(NotReadyError, match="Not ready after 1 s: valkey"):
        until_ready(stack, ["valkey"], 1, unsaid)

    assert supervision.asked > MAX_LIVES

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from local import releases, scaling
from local.errors import InUseError, NotReadyError, NotUpError, PlanError, StackError
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from local.supervision import Supervision
from local.waiting import Report, unsaid

ONE, TWO = Plan(), Plan.parse("classifier=2")


class FakeSupervision(Supervision):
    """Notes what it is told, and what the gateway had been told by then."""

    def __init__(self, file: Path) -> None:
        self.told: list[tuple[str, str, int]] = []
        self._file = file

    def alive(self) -> bool:
        return True

    def add(self, names: list[str]) -> None:
        self.told += [("add", name, self._classifiers()) for name in names]

    def remove(self, name: str) -> None:
        self.told.append(("remove", name, self._classifiers()))

    def _classifiers(self) -> int:
        told = yaml.safe_load(self._file.read_text())["releases"]["stable"]["classifier"]
        return len(told.split(","))


class FakeStack(Stack):
    """One whose processes are only told of."""

    answers = True

    def prepare(self, names: Sequence[str]) -> None:
        self.write()

    def write(self) -> None:
        self.written = self.plan

    def wait_ready(self, timeout_s: float = 60, report: Report = unsaid, names: Sequence[str] = ()) -> None:
        if not self.answers:
            raise NotReadyError(f"Not ready: {', '.join(names)}")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    monkeypatch.setattr(scaling, "GRACE_S", 0)
    monkeypatch.setattr(scaling, "until_ready", lambda stack, names, *_: stack.wait_ready(names=names))
    stack = FakeStack(tmp_path, Ports.free())
    releases.write(stack.releases, stack.plan, stack.ports)
    stack.supervision = FakeSupervision(stack.releases)
    return stack


def told(stack: FakeStack) -> list[tuple[str, str, int]]:
    assert isinstance(stack.supervision, FakeSupervision)
    return stack.supervision.told


def test_gateway_hears_of_a_replica_after_it_is_there_and_before_it_goes(stack: FakeStack) -> None:
    stack.scale(TWO)
    assert len(stack.targets("classifier")) == 2
    stack.scale(ONE)

    assert told(stack) == [("add", "classifier-2", 1), ("remove", "classifier-2", 1)]
    assert stack.targets("classifier") == [stack.target("classifier")]
    assert stack.written == ONE


def test_one_stage_grows_before_another_shrinks(stack: FakeStack) -> None:
    stack.scale(Plan.parse("segmenter=2"))
    stack.scale(TWO)

    assert told(stack)[1:] == [("add", "classifier-2", 1), ("remove", "segmenter-2", 2)]


def test_replica_that_does_not_come_up_is_removed_and_the_gateway_never_hears_of_it(stack: FakeStack) -> None:
    stack.answers = False

    with pytest.raises(NotReadyError, match="classifier-2"):
        stack.scale(TWO)

    assert told(stack) == [("add", "classifier-2", 1), ("remove", "classifier-2", 1)]
    assert (stack.plan, stack.written) == (ONE, ONE)
    assert len(yaml.safe_load(stack.releases.read_text())["releases"]["stable"]["classifier"].split(",")) == 1


def test_what_is_as_planned_is_left_alone(stack: FakeStack) -> None:
    before = stack.releases.stat().st_mtime_ns

    stack.scale(ONE)

    assert told(stack) == []
    assert stack.releases.stat().st_mtime_ns == before


def test_replicas_that_are_up_are_not_changed_in_size(stack: FakeStack) -> None:
    with pytest.raises(PlanError, match="classifier is up, with workers=1 and threads=its own"):
        stack.scale(Plan.parse("classifier.workers=2"))


def test_stage_of_another_problem_comes_and_goes_with_the_gateway_alone(stack: FakeStack) -> None:
    with pytest.raises(PlanError, match="The gateway learns at its start whether there is a bone-age"):
        stack.scale(Plan.parse("bone-age=1"))


def test_release_that_answers_films_keeps_its_replicas(stack: FakeStack) -> None:
    stack.scale(Plan.parse("next/classifier=1"))
    document = yaml.safe_load(stack.releases.read_text())
    stack.releases.write_text(yaml.safe_dump(document | {"serve": "next"}))

    with pytest.raises(InUseError, match='`make release ARGS="serve stable"` first'):
        stack.scale(ONE)

    assert "next-classifier" in stack.names


def test_two_commands_do_not_scale_at_once(stack: FakeStack) -> None:
    def another(name: str, text: str) -> None:
        with pytest.raises(StackError, match="Another command is scaling the stack"):
            stack.scale(ONE)

    stack.scale(TWO, another)

    assert stack.plan == TWO


def test_stack_that_is_not_up_is_not_scaled(tmp_path: Path) -> None:
    with pytest.raises(NotUpError, match="`make up` starts it"):
        Stack(tmp_path, Ports.free()).scale(TWO)

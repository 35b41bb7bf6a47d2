"""Replicas come, go and die under load, and no request notices."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from client.token import of_environment
from local import leftovers
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.integration.conftest import SAMPLES, Gateway
from tests.integration.test_cascade import wait_for
from tests.stacks import ready
from vocabulary.stages import STAGES

ONE = Plan.parse("segmenter.workers=2 segmenter.threads=2")
TWO = Plan.parse("classifier=2", ONE)
ANSWERED = '"event": "answered"'


class Load:
    """Three clients that post a film again and again, computed afresh each time."""

    def __init__(self, url: str) -> None:
        self.statuses: Counter[int] = Counter()
        self._url, self._going = url, True
        self._threads = [threading.Thread(target=self._post) for _ in range(3)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join()

    def _post(self) -> None:
        with Gateway(base_url=self._url, timeout=30, auth=of_environment()) as client:
            while self._going:
                answer = client.assess(SAMPLES / "normal.png", **{"Cache-Control": "no-cache"})
                self.statuses[answer.status_code] += 1


@pytest.fixture(scope="module")
def scaled(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack without listener and reading room, whose classifier has one replica to begin with."""
    folder, processes = tmp_path_factory.mktemp("scaled"), ("valkey", *STAGES, "gateway")
    with ready(Stack(folder, Ports.free(), archives, processes=processes, plan=ONE), 240) as stack:
        yield stack


def answered(stack: Stack, replica: str) -> int:
    """How many films a replica has answered."""
    return stack.places.log(replica).read_text().count(ANSWERED)


def replicas_up(stack: Stack) -> int:
    """Of the classifier, as the gateway sees it."""
    with Gateway(base_url=stack.url, timeout=30, auth=of_environment()) as client:
        lines = client.get("/metrics").text.splitlines()
    (line,) = (
        each for each in lines if each.startswith("cxr_stage_replicas") and "classifier" in each and "up" in each
    )
    return int(float(line.rpartition(" ")[2]))


def test_stage_has_as_many_workers_with_as_many_threads_as_its_plan_says(scaled: Stack) -> None:
    workers = {
        stage: [each for each in leftovers.belonging(str(scaled.places.run), stage) if "--sock-name" in each.cmdline()]
        for stage in STAGES
    }

    assert {stage: len(each) for stage, each in workers.items()} == {
        "discriminator": 1,
        "segmenter": 2,
        "classifier": 1,
    }
    assert {each.environ().get("CXR_STAGE_THREADS") for each in workers["segmenter"]} == {"2"}


def test_replica_that_is_added_answers_and_nothing_else_is_restarted(scaled: Stack) -> None:
    before = {info.name: info.pid for info in scaled.processes()}

    with Load(scaled.url) as load:
        scaled.scale(TWO)
        assert wait_for(ANSWERED, scaled.places.log("classifier-2"), timeout_s=30)
        time.sleep(2)

    assert set(load.statuses) == {200}, load.statuses
    assert replicas_up(scaled) == 2
    assert {info.name: info.pid for info in scaled.processes() if info.name != "classifier-2"} == before


def test_one_of_two_replicas_that_is_killed_fails_no_request_and_comes_back(scaled: Stack) -> None:
    scaled.scale(TWO)
    with Load(scaled.url) as load:
        time.sleep(1)
        for process in leftovers.belonging(str(scaled.places.run), "classifier-2"):
            process.kill()
        time.sleep(1)
        survivor = answered(scaled, "classifier")
        scaled.wait_ready(240, names=["classifier-2"])
        assert answered(scaled, "classifier") > survivor
        second = answered(scaled, "classifier-2")
        time.sleep(4)

    assert set(load.statuses) == {200}, load.statuses
    assert answered(scaled, "classifier-2") > second


def test_replica_that_is_removed_is_called_no_more_before_it_is_stopped(scaled: Stack) -> None:
    scaled.scale(TWO)
    told: list[tuple[str, str]] = []

    with Load(scaled.url) as load:
        scaled.scale(ONE, lambda name, text: told.append((name, text)))
        time.sleep(1)

    assert set(load.statuses) == {200}, load.statuses
    assert [name for name, _ in told] == ["classifier-2", "stopped"]
    assert leftovers.belonging(str(scaled.places.run), "classifier-2") == []
    assert replicas_up(scaled) == 1

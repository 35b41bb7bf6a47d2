"""What Prometheus is told to look at, and what is said where it cannot be started."""

from argparse import Namespace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from local.errors import NoPrometheusError, NotUpError
from local.observing import Observer, configured, observe
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests import peers


def targets(stack: Stack) -> dict[str, list[str]]:
    """Job to the ports that are looked at."""
    return {
        job["job_name"]: [target.rpartition(":")[2] for each in job["static_configs"] for target in each["targets"]]
        for job in configured(stack)["scrape_configs"]
    }


def test_every_replica_is_looked_at_where_it_listens(tmp_path: Path) -> None:
    stack = Stack(tmp_path, Ports.free(), plan=Plan.parse("classifier=2"))
    ports = stack.ports

    found = targets(stack)

    assert set(found) == {"gateway", "torchserve", "scp", "review"}
    assert found["gateway"] == [str(ports.gateway)]
    assert found["scp"] == [str(ports.door)]
    started = ("discriminator", "segmenter", "classifier", "classifier-2")  # and no bone-age, which has a port
    assert sorted(found["torchserve"]) == sorted(str(ports.stages[name].metrics) for name in started)
    assert len(found["torchserve"]) == 4


def test_what_does_not_run_is_not_looked_at(tmp_path: Path) -> None:
    """Or it would be told as down for ever."""
    found = targets(Stack(tmp_path, Ports.free(), processes=("valkey", "gateway")))

    assert set(found) == {"gateway", "torchserve"}
    assert found["torchserve"] == []


def test_a_machine_without_prometheus_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoPrometheusError, match="apt-get install prometheus"):
        Observer(Stack(tmp_path, Ports.free())).start()


@peers.needs("prometheus")
def test_without_a_stack_there_is_nothing_to_observe(tmp_path: Path) -> None:
    with pytest.raises(NotUpError, match="`make up` starts it"):
        Observer(Stack(tmp_path, Ports.free())).start()


def test_ending_what_is_not_up_is_no_error(tmp_path: Path) -> None:
    out = StringIO()

    observe(Stack(tmp_path, Ports.free()), Namespace(stop="stop"), Console(file=out))

    assert "was not up" in out.getvalue()

"""Namespaces that a killed run has left behind stand in nobody's way: the next run ends them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.cluster import HUB, RESOLVERS, Cluster, unable

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.integration.cluster import Cluster
Cluster(Path(sys.argv[1])).__enter__().pod(1)
print(os.getpid(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""

LIVING = """
import sys
from pathlib import Path
from tests.integration.cluster import HUB, Cluster
with Cluster(Path(sys.argv[1])) as other:
    print(other.address(HUB))
"""


def another(script: str, folder: Path) -> str:
    """What another run says."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", script, folder], env=env, stdout=subprocess.PIPE, text=True, check=False
    ).stdout.strip()


def namespaces() -> str:
    return subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def _able() -> None:
    if why := unable():
        pytest.skip(why)


def test_what_a_killed_run_has_left_is_ended_by_the_next_one(tmp_path: Path) -> None:
    left = f"cxr{another(KILLED, tmp_path)}-"
    assert f"{left}0-{HUB}" in namespaces(), "nobody has ended them yet"

    with Cluster(tmp_path):
        assert left not in namespaces()
        assert not list(RESOLVERS.glob(f"{left}*"))


def test_two_runs_at_once_have_addresses_of_their_own(tmp_path: Path) -> None:
    with Cluster(tmp_path) as one:
        address = another(LIVING, tmp_path)
        assert address.startswith("198.19.") and address != one.address(HUB)
        assert one.within(HUB)[-1] in namespaces(), "the living run's are left alone"


def test_one_after_the_other_never_meets_what_is_left_of_the_one_before(tmp_path: Path) -> None:
    for _ in range(8):
        with Cluster(tmp_path) as one:
            one.pod(1)
    assert f"cxr{os.getpid()}-" not in namespaces()

"""The README's two commands on a machine with nothing installed: `make trial ARGS="empty"` runs all of the second.

The tests are in the order of a newcomer's first minutes.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from client.token import proof
from local.ports import LOOPBACK, Ports, is_free
from tests.integration.conftest import SAMPLES
from tests.trials.drill.ward import Reader
from tests.trials.empty.machine import CLONE, ROOT, EmptyMachine, unable

BROWSER_TEST = "test_a_dropped_film_is_seen_with_its_heat_map_and_agreed_to_in_one_key"

pytestmark = [
    pytest.mark.skipif(bool(why := unable()), reason=why or "there can be one"),
    pytest.mark.timeout(1800),  # far above what it takes: packages come over a network
]


@dataclass(frozen=True)
class Demo:
    """A machine on which `make demo` has run."""

    machine: EmptyMachine
    ports: dict[str, str]
    told: subprocess.CompletedProcess[str]

    @property
    def gateway(self) -> str:
        """Its address, which this machine reaches too."""
        return f"http://{LOOPBACK}:{self.ports['CXR_PORT']}"

    @property
    def review(self) -> str:
        """The reading room's."""
        return f"http://{LOOPBACK}:{self.ports['CXR_REVIEW_PORT']}"


@pytest.fixture(scope="module")
def machine() -> Iterator[EmptyMachine]:
    """With a clone of the commit that is checked out."""
    with EmptyMachine() as empty:
        empty.clone(ROOT)
        yield empty


@pytest.fixture(scope="module")
def demo(machine: EmptyMachine) -> Demo:
    """On free ports: others may use this machine."""
    ports = Ports.free()
    decades = next(port for port in range(20_060, 60_000, 100) if all(map(is_free, range(port, port + 40))))
    chosen = {"CXR_PORT": ports.gateway, "CXR_REVIEW_PORT": ports.review, "CXR_SCP_PORT": ports.scp}
    named = {name: str(port) for name, port in (chosen | {"CXR_FIRST_PORT": decades}).items()}
    return Demo(machine, named, machine.run("make demo", **named))


@pytest.mark.parametrize("program", ["java", "node", "npm", "redis-server", "kubectl", "docker", "cc", "curl", "ip"])
def test_machine_has_no(program: str, machine: EmptyMachine) -> None:
    assert machine.run(f"command -v {program}").returncode != 0


def test_make_demo_assesses_every_sample(demo: Demo) -> None:
    assert demo.told.returncode == 0, demo.told.stdout

    for said in (
        "Interstitial pneumonia",
        "No pathology",
        "Not a chest film",
        "Rotated",
        "Grey scale inverted",
        "Bone age",
    ):
        assert said in demo.told.stdout
    assert "sent by C-STORE" in demo.told.stdout
    assert "1 assessed" in demo.told.stdout


def test_the_readmes_request_is_answered(demo: Demo) -> None:
    kind, film = {"Content-Type": "image/jpeg"}, (SAMPLES / "pneumonia.jpg").read_bytes()
    token = Path(f"{demo.machine.disk}{CLONE}") / "build" / "run" / "token"

    sent = {"content": film, "timeout": 60, "headers": kind | proof(token)}
    answer = httpx.post(f"{demo.gateway}/v1/assessments", **sent).json()

    assert answer["predicted_class"] == "interstitial_pneumonia"


def test_the_reading_room_lets_the_demo_reader_in_and_has_its_pages(demo: Demo) -> None:
    reader = Reader(demo.review)

    with reader.browser as browser:
        assert reader.log_in() == httpx.codes.SEE_OTHER
        assert reader.looks() == httpx.codes.OK
        for built in ("film.js", "film.css", "worklist.js"):
            assert browser.get(f"/static/built/{built}").status_code == httpx.codes.OK


def test_make_test_installs_a_browser_and_looks_at_a_film_with_it(demo: Demo) -> None:
    """By the programs of that test alone; `make test` without more installs those of all tests."""
    chosen = f'PEERS="chromium playwright" ARGS="tests/integration/test_reading_room.py -k {BROWSER_TEST}"'

    told = demo.machine.run(f"make test {chosen}")

    assert told.returncode == 0, told.stdout
    assert "1 passed" in told.stdout
    assert "skipped" not in told.stdout


def test_make_down_leaves_nothing(demo: Demo) -> None:
    assert demo.machine.processes()

    told = demo.machine.run("make down")

    assert told.returncode == 0, told.stdout
    assert demo.machine.processes() == []
    assert [path.name for path in (demo.machine.disk / "tmp").glob("cxr-*")] == []
    assert all(is_free(int(port)) for port in demo.ports.values())

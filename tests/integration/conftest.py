"""What integration tests share: the sample films, a client of the session's stack, and a stack to break."""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from client import authorities
from client.token import FILE, of_environment
from local import pages
from local.places import make_token
from local.ports import Ports
from local.stack import Stack
from tests import peers, receivers
from tests.integration.reading_room import FLAGS, Doctor, Room, doctor, open_room
from tests.stacks import ready
from tests.trials.traffic import traffic
from tests.trials.traffic.traffic import Hospital
from vocabulary.stages import STAGES

SAMPLES = Path(__file__).parents[1] / "data"
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".dcm": "application/dicom"}
PATH = "/v1/assessments"
RECOVERED_WITHIN_S = 180
"""Many times what a restart takes on an idle machine."""


LONGEST = (
    "test_empty_machine.py", "test_learning.py", "test_wheels.py", "test_stack.py", "test_hospital_limits.py",
    "test_another_problem.py", "test_hospital.py", "test_reading_room.py", "test_reading_room_access.py",
)  # fmt: skip
"""They begin first: a long file that one worker begins last is waited for by the other."""


TOKENS = tempfile.mkdtemp(prefix="cxr-token-")
atexit.register(shutil.rmtree, TOKENS, ignore_errors=True)
os.environ[FILE] = str(Path(TOKENS) / "token")
"""Every stack of these tests, and every client of one, has the same."""
make_token(Path(os.environ[FILE]))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files as LONGEST, and leave those that it does not name in their order behind them."""
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


class Gateway(httpx.Client):
    """A client that posts films."""

    def __init__(self, **about: Any) -> None:
        super().__init__(**{"verify": authorities.usual()} | about)

    def assess(self, path: Path, **headers: str) -> httpx.Response:
        """Post a file as what its name says it is."""
        return self.post(PATH, content=path.read_bytes(), headers={"Content-Type": TYPES[path.suffix], **headers})

    def wait_ready(self) -> None:
        """Return when every stage answers."""
        end = time.monotonic() + RECOVERED_WITHIN_S
        while self.get("/readyz").status_code != 200:
            assert time.monotonic() < end, "not ready again"
            time.sleep(0.2)


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Gateway]:
    with Gateway(base_url=stack.url, timeout=30, auth=of_environment()) as client:
        client.wait_ready()
        yield client


@pytest.fixture(scope="module")
def fragile(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack to break things in, with its own copy of the archives, apart from the one that the other tests use."""
    folder = tmp_path_factory.mktemp("fragile")
    shutil.copytree(archives, folder / "archives")
    parts = ("valkey", *STAGES, "gateway")
    with ready(Stack(folder / "run", Ports.free(), folder / "archives", processes=parts), 240) as stack:
        yield stack


@pytest.fixture
def broken(fragile: Stack) -> Iterator[Gateway]:
    """A client of the stack to break."""
    with Gateway(base_url=fragile.url, timeout=30, auth=of_environment()) as client:
        client.wait_ready()
        yield client


@pytest.fixture(scope="session")
def hook() -> Iterator[receivers.Webhook]:
    """The hospital's receiver of events."""
    with receivers.webhook() as server:
        yield server


@pytest.fixture(scope="session")
def ris() -> Iterator[receivers.Mllp]:
    """The hospital's receiver of HL7 messages."""
    with receivers.mllp() as server:
        yield server


@pytest.fixture(scope="session")
def place(
    archives: Path, tmp_path_factory: pytest.TempPathFactory, hook: receivers.Webhook, ris: receivers.Mllp
) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("hospital")
    (folder / "secret").write_text(receivers.SECRET)
    webhook = {"url": hook.url, "secret_file": str(folder / "secret")}
    hl7 = {"host": "127.0.0.1", "port": ris.port, "application": "RIS"}
    more = [
        {"name": "hook", "results": ["assessment"], "webhook": webhook},
        {"name": "ris", "results": ["oru"], "hl7": hl7},
    ]
    with traffic.hospital(folder, archives, more) as running:
        yield running


@pytest.fixture
def clinic(place: Hospital) -> Iterator[Gateway]:
    """A client of the hospital's gateway."""
    with Gateway(base_url=place.stack.url, timeout=30, auth=of_environment()) as client:
        client.wait_ready()
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real one, without a window; the pages are built for it."""
    pages.build()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=peers.path("chromium"), args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def room(stack: Stack, tmp_path: Path) -> Iterator[Room]:
    """An empty room with one reader, ada."""
    with open_room(tmp_path, stack.url) as opened:
        opened.add_reader("ada")
        yield opened


@pytest.fixture
def ada(browser: Browser, room: Room) -> Iterator[Doctor]:
    """Her, logged in."""
    with doctor(browser, room, "ada") as person:
        yield person


@pytest.fixture(scope="session")
def full_data() -> Path:
    """The full data set, which a user's clone does not have."""
    folder = Path(os.environ.get("CXR_DATA") or Path(__file__).parents[3] / "shared" / "data" / "cxr")
    if not (folder / "index.csv").exists():
        pytest.skip("the full data set is not on this machine: set CXR_DATA to its folder")
    return folder

"""`make down` of a stack with a reading room: what was assessed before it is in the worklist after it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from client.gateway import Gateway
from local.places import ROOT
from local.ports import Ports
from local.stack import Stack
from review import database
from review.tables import Assessment
from tests.integration.month import until
from tests.stacks import ready
from vocabulary.stages import STAGES

SAMPLES = ROOT / "tests" / "data"
FILMS = {"normal.png": "image/png", "pneumonia.jpg": "image/jpeg", "cat.jpg": "image/jpeg"}


@pytest.fixture
def whole(archives: Path, tmp_path: Path) -> Iterator[Stack]:
    """All that a film needs from an API's client to the worklist."""
    parts = ("valkey", *STAGES, "gateway", "review")
    with ready(Stack(tmp_path, Ports.free(), archives, {"REVIEW_LEAST_FREE_BYTES": "0"}, parts), 240) as stack:
        yield stack


def test_what_was_assessed_the_moment_before_it_is_taken_in_all_the_same(whole: Stack) -> None:
    room = psutil.Process(whole.pid("review"))
    room.suspend()
    with Gateway(whole.url, 60, whole.places.token) as gateway:
        sent = {gateway.assess((SAMPLES / name).read_bytes(), kind)["id"] for name, kind in FILMS.items()}
    assert taken_in(whole) == set()

    down = subprocess.Popen([sys.executable, ROOT / "services" / "local", "--run-dir", whole.places.run, "down"])
    until(lambda: not any(whole.pid(stage) for stage in STAGES), within_s=60)
    room.resume()

    assert down.wait(120) == 0
    assert not whole.left()
    assert taken_in(whole) == sent


def taken_in(stack: Stack) -> set[str]:
    """The assessments that the reading room has, by their ids; read from its database, whether it runs or not."""
    engine = database.connect(f"sqlite:///{stack.places.review / 'review.sqlite'}")
    with database.sessions(engine)() as session:
        return set(session.scalars(select(Assessment.id)))

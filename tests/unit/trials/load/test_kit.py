"""The folder that people copy: it stands by itself, and does what Locust says."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.node import node
from local.places import ROOT
from local.ports import any_free
from tests.trials.load.kit.sending import alone
from tests.trials.load.kit.sending.errors import SendingError
from tests.trials.load.kit.sending.films import Films
from tests.trials.load.kit.sending.token import proof
from tests.unit.trials.load.fake_gateway import FakeGateway, serving

KIT = ROOT / "tests" / "trials" / "load" / "kit"
KNOWN = {"locust", "gevent", "geventhttpclient", "sending"}
WITHIN_S = 120


@pytest.fixture
def gateway():
    """Its address."""
    with serving() as url:
        yield url


@pytest.fixture
def kit(tmp_path):
    """A copy, as people make it."""
    return shutil.copytree(KIT, tmp_path / "kit", ignore=shutil.ignore_patterns("__pycache__"))


def command(kit: Path, url: str, *words: str) -> list[str]:
    """Plain Locust."""
    return [sys.executable, "-m", "locust", "-f", str(kit / "locustfile.py"), "--host", url, *words]


def headless(kit: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Without a page, and without a word of this repository in the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CXR_", "PYTHON"))}
    told = [*command(kit, url, "--headless", *words), "--out", "figures.json"]
    return subprocess.run(told, cwd=kit, env=environment, capture_output=True, text=True, check=False)


def test_it_imports_nothing_but_locust_and_python():
    """Whoever copies it has nothing else."""
    for path in KIT.rglob("*.py"):
        for found in ast.walk(ast.parse(path.read_text())):
            if isinstance(found, ast.Import):
                names = {each.name.partition(".")[0] for each in found.names}
            elif isinstance(found, ast.ImportFrom) and not found.level:
                names = {(found.module or "").partition(".")[0]}
            else:
                continue
            assert names <= KNOWN | sys.stdlib_module_names, path


def test_its_films_are_the_sample_films():
    """Of which it is written down where they come from."""
    for path in (KIT / "films").iterdir():
        assert path.read_bytes() == (ROOT / "tests" / "data" / path.name).read_bytes()


def test_the_script_for_k6_is_javascript(tmp_path):
    """As far as can be seen without k6."""
    script = shutil.copy(KIT / "load.js", tmp_path / "load.mjs")

    subprocess.run([node(os.environ).node, "--check", script], check=True)


def test_what_the_gateway_can_do_is_counted(gateway):
    """In films that it assessed."""
    films = Films.read(KIT / "films")

    found = alone.capacity(gateway, films, {}, 0.5)

    assert 0 < found <= FakeGateway.count / 0.5


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({}, {}),
        ({"CXR_TOKEN": "abc\n"}, {"Authorization": "Bearer abc"}),
        ({"CXR_TOKEN_FILE": "{folder}/token"}, {"Authorization": "Bearer def"}),
    ],
)
def test_a_token_comes_from_the_environment_or_a_file(tmp_path, environment, sent):
    """Or there is none."""
    (tmp_path / "token").write_text("def\n")

    assert proof({name: value.format(folder=tmp_path) for name, value in environment.items()}) == sent


def test_a_token_that_cannot_be_read_is_told(tmp_path):
    """By the name of its variable."""
    with pytest.raises(SendingError, match="CXR_TOKEN_FILE"):
        proof({"CXR_TOKEN_FILE": str(tmp_path / "none")})


@pytest.mark.integration
def test_a_copy_runs_with_plain_locust(kit, gateway):
    """Users, ramp-up and run time as Locust has them."""
    words = ("--users", "3", "--spawn-rate", "3", "--run-time", "3s", "--cached", "1")

    told = headless(kit, gateway, *words)

    assert told.returncode == 0, told.stderr
    assert "Ramping to 3 users at a rate of 3.00 per second" in told.stderr
    assert json.loads((kit / "figures.json").read_text())["requests"] > 0


@pytest.mark.integration
def test_an_open_shape_measures_the_capacity_that_nobody_said(kit, gateway):
    """And says what it found; users are told that they mean nothing to it."""
    words = ("--shape", "ramp", "--capacity-s", "1", "--run-time", "7s", "--cached", "1", "--users", "5")

    told = headless(kit, gateway, *words)
    figures = json.loads((kit / "figures.json").read_text())

    (found,) = re.findall(r"capacity: ([\d.]+) films/s", told.stderr)
    assert figures["capacity_per_s"] == float(found) > 0
    assert figures["phases"]["100%"]["level"] == pytest.approx(float(found), abs=0.01)
    assert "--users and --spawn-rate mean nothing to it" in told.stderr


@contextmanager
def page(kit, url, *words):
    """Locust's page, and what it is made of."""
    port = any_free(1)[0]
    with subprocess.Popen(command(kit, url, "--web-port", str(port), *words), stderr=subprocess.DEVNULL) as running:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                eventually(lambda: client.get("/"))
                yield client
        finally:
            running.terminate()


def eventually(there):
    """What it gives, when it gives something."""
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        try:
            if found := there():
                return found
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("not there in time")


def asked(client):
    """Whether the page asks for users and ramp-up; and its other fields."""
    text = client.get("/").text
    told = json.loads(re.search(r"window\.templateArgs = (\{.*\})", text)[1])
    return not told["hide_common_options"], told["extra_options"]


@pytest.mark.integration
def test_the_page_asks_for_users_and_gets_them(kit, gateway):
    """So many as were said, as quickly as was said."""
    with page(kit, gateway, "--cached", "1") as client:
        shown, _ = asked(client)
        client.post("/swarm", data={"user_count": "3", "spawn_rate": "3", "host": gateway}).raise_for_status()
        users = eventually(lambda: client.get("/stats/requests").json()["user_count"])
        eventually(lambda: client.get("/stats/requests").json()["user_count"] == 3)

    assert shown
    assert users <= 3


@pytest.mark.integration
def test_the_page_of_an_open_shape_asks_for_its_capacity_instead_and_says_why(kit, gateway):
    """Users and ramp-up are not there to be taken for something that counts."""
    with page(kit, gateway, "--shape", "ramp") as client:
        shown, fields = asked(client)

    assert not shown
    assert "users and ramp-up are not theirs" in fields["capacity"]["help_text"]

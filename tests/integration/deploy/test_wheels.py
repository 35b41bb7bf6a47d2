"""The wheels in an empty environment, in a folder outside of the repository: everything that they say they bring works.

What our code needs of others is that of the environment that runs the tests, so that nothing is fetched; the extras are
looked at by tests/unit/deploy/test_packaging.py.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv

from distribution.packages import build
from local.places import ROOT
from local.ports import Ports, is_free

EPOCH = 1_700_000_000


@dataclass(frozen=True)
class Installed:
    """An environment with our wheels, and a folder where their programs keep what they keep."""

    folder: Path
    environment: dict[str, str]

    def run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        """One of its commands, as whoever has not activated the environment calls it."""
        command = [self.folder / "venv" / "bin" / program, *words]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [path for path in build(tmp_path_factory.mktemp("wheels"), EPOCH) if path.suffix == ".whl"]


@pytest.fixture(scope="module")
def installed(wheels: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-config", "--no-deps"]
    subprocess.run([*command, "--python", folder / "venv" / "bin" / "python", *wheels], check=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")  # its own .pth files are not looked at
    return Installed(folder, _environment(folder))


@pytest.fixture
def up(installed: Installed) -> Iterator[Installed]:
    """With a demo that has run."""
    try:
        yield installed
    finally:
        installed.run("cxr", "down")


def test_two_builds_are_the_same_whatever_the_umask(wheels: list[Path], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = build(tmp_path, EPOCH)
    finally:
        os.umask(before)

    assert {path.name: path.read_bytes() for path in again if path.suffix == ".whl"} == {
        path.name: path.read_bytes() for path in wheels
    }


def test_a_wheel_has_every_file_that_lies_in_our_packages(wheels: list[Path]) -> None:
    """Templates, migrations and pages are easily forgotten: they are data of packages."""
    code = next(path for path in wheels if path.name.startswith("cxr_cascade-"))

    assert _sources() <= set(zipfile.ZipFile(code).namelist())


def test_the_weights_are_in_a_wheel_of_their_own_with_their_terms(wheels: list[Path]) -> None:
    files = {path.name.partition("-")[0]: set(zipfile.ZipFile(path).namelist()) for path in wheels}

    assert not [name for name in files["cxr_cascade"] if name.endswith((".safetensors", ".npz"))]
    for stage in ("discriminator", "segmenter", "classifier"):
        assert f"cxr_models/{stage}/weights.safetensors" in files["cxr_cascade_models"]
        assert any(name.endswith(f"dist-info/licenses/{stage}/card.md") for name in files["cxr_cascade_models"])


@pytest.mark.parametrize(("program", "told"), [("cxr", "demo"), ("cxr-train", "fit")])
def test_commands_tell_what_they_do(installed: Installed, program: str, told: str) -> None:
    done = installed.run(program, "--help")

    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_messages_name_commands_that_can_be_given(installed: Installed) -> None:
    done = installed.run("cxr", "status")

    assert done.returncode == 1
    assert done.stderr.strip() == "The stack is not up: `cxr up` starts it."


def test_without_the_weights_it_says_where_they_are_to_be_had(installed: Installed, tmp_path: Path) -> None:
    elsewhere = Installed(installed.folder, installed.environment | {"CXR_MODEL_STORE": str(tmp_path)})

    done = elsewhere.run("cxr", "up")

    assert done.returncode == 1
    assert "They come with the package cxr-cascade-models" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stack_comes_up_assesses_the_samples_and_goes(up: Installed) -> None:
    told = up.run("cxr", "demo")

    assert told.returncode == 0, told.stdout + told.stderr
    for said in ("Interstitial pneumonia", "No pathology", "Not a chest film", "Rotated", "1 assessed"):
        assert said in told.stdout
    assert "`cxr down`" in told.stdout
    assert str(ROOT) not in told.stdout

    film = up.run("cxr", "assess", str(ROOT / "tests" / "data" / "normal.png"))
    assert film.returncode == 0, film.stderr
    assert "gateway" in up.run("cxr", "status").stdout

    assert up.run("cxr", "down").returncode == 0
    assert up.run("cxr", "status").returncode == 1


def _sources() -> set[str]:
    """What git knows of in services, but for the sources of the pages, which are built from them."""
    command = ["git", "ls-files", "services"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    names = {name.removeprefix("services/") for name in listed}
    return {name for name in names if not name.startswith("review/web/")}


def _environment(folder: Path) -> dict[str, str]:
    """Of somebody who has installed the wheels and knows nothing of the repository."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CXR_", "REVIEW_"))}
    ports = Ports.free()
    decades = next(port for port in range(21_060, 60_000, 100) if all(map(is_free, range(port, port + 40))))
    chosen = {"CXR_PORT": ports.gateway, "CXR_REVIEW_PORT": ports.review, "CXR_SCP_PORT": ports.scp}
    named = {name: str(port) for name, port in (chosen | {"CXR_FIRST_PORT": decades}).items()}
    gateway = {"CXR_GATEWAY": f"http://127.0.0.1:{ports.gateway}", "CXR_HOME": str(folder / "state")}
    return ours | named | gateway | {"PATH": "/usr/bin:/bin"}

"""A release, and its wheels in an empty environment, outside of the repository: everything that they bring works.

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

from certificates.seal import opened
from certificates.signatures import PRIVATE, make_keys, signer
from distribution.packages import build, copy_tree
from distribution.state import UNRELEASED
from local.places import ROOT
from local.ports import Ports, is_free
from vocabulary.problems.known import SERVED

EPOCH = 1_700_000_000
WHEN = f"@{EPOCH} +0000"
"""Of the commit."""


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
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what lies in this one, committed, and a changelog that says that the version is out."""
    root = tmp_path_factory.mktemp("tree")
    copy_tree(ROOT, root)
    changelog = root / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace(f", {UNRELEASED}\n", ", 2026-11-29\n", 1))
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *identity, *words], cwd=root, env=os.environ | {"GIT_COMMITTER_DATE": WHEN}, check=True)
    return root


@pytest.fixture(scope="module")
def release(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make dist` makes of it."""
    keys = tmp_path_factory.mktemp("keys")
    make_keys(keys)
    command = [sys.executable, "-m", "distribution", "--sign", keys / PRIVATE]
    paths = (str(tree / "services"), str(tree / "deploy"), os.environ.get("PYTHONPATH", ""))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    told = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    (folder,) = (tree / "build" / "dist").iterdir()
    return folder


@pytest.fixture(scope="module")
def wheels(release: Path) -> list[Path]:
    return sorted(release.glob("*.whl"))


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


def test_a_release_has_everything_that_its_sums_and_their_signature_hold_for(release: Path) -> None:
    listed = {line.split()[1] for line in (release / "SHA256SUMS").read_text().splitlines()}

    assert listed >= {"NOTES.md", "release.pub", "sbom/local.cdx.json", "sbom/models.cdx.json"}
    assert {f"archives/{stage}.mar" for stage in SERVED} <= listed
    assert sorted(Path(name).suffix for name in listed if name.startswith("cxr_")) == [".gz", ".whl", ".whl"]
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=release, check=True)
    signed = (release / "SHA256SUMS.sig").read_bytes().hex()
    assert signer((release / "SHA256SUMS").read_bytes(), signed, b"", [release / "release.pub"])
    for stage in SERVED:
        assert opened(release / "archives" / f"{stage}.mar", [release / "release.pub"]).seal.stage == stage
    assert (release / "NOTES.md").read_text().startswith(f"# {release.name}, 2026-11-29\n")


def test_the_same_commit_gives_the_same_packages_whatever_the_umask(release: Path, tree: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = build(tmp_path, EPOCH, tree)
    finally:
        os.umask(before)

    assert len(again) == 3
    for path in again:
        assert path.read_bytes() == (release / path.name).read_bytes(), path.name


def test_a_wheel_has_every_file_that_lies_in_our_packages(tree: Path, wheels: list[Path]) -> None:
    """Templates, migrations and pages are easily forgotten: they are data of packages."""
    code = next(path for path in wheels if path.name.startswith("cxr_cascade-"))

    assert _sources(tree) <= set(zipfile.ZipFile(code).namelist())


def test_the_weights_are_in_a_wheel_of_their_own_with_their_terms(wheels: list[Path]) -> None:
    files = {path.name.partition("-")[0]: set(zipfile.ZipFile(path).namelist()) for path in wheels}

    assert not [name for name in files["cxr_cascade"] if name.endswith((".safetensors", ".npz"))]
    for stage in SERVED:
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


@pytest.mark.timeout(900)
def test_a_stack_comes_up_assesses_the_samples_and_goes(up: Installed) -> None:
    told = up.run("cxr", "demo")

    assert told.returncode == 0, told.stdout + told.stderr
    for said in ("Interstitial pneumonia", "No pathology", "Not a chest film", "Rotated", "Bone age", "1 assessed"):
        assert said in told.stdout
    assert "`cxr down`" in told.stdout
    assert str(ROOT) not in told.stdout

    film = up.run("cxr", "assess", str(ROOT / "tests" / "data" / "normal.png"))
    assert film.returncode == 0, film.stderr
    assert "gateway" in up.run("cxr", "status").stdout

    assert up.run("cxr", "down").returncode == 0
    assert up.run("cxr", "status").returncode == 1


def _sources(tree: Path) -> set[str]:
    """What git knows of in services, but for the sources of the pages, which are built from them."""
    command = ["git", "ls-files", "services"]
    listed = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True).stdout.splitlines()
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

"""A real archive, as archives.py builds it: what is in its seal, and when it is up to date."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from certificates.seal import SEAL, SIGNATURE, SealError, opened, pack, trusted_keys
from certificates.signatures import PRIVATE, PUBLIC, make_keys
from cxr.stage import digest
from local import archives
from local.errors import ArchiveRefusedError
from local.places import DEFAULT_ARCHIVES, SIGNING, TRUSTED
from local.ports import Ports, is_free
from local.stack import Stack

STAGE = "segmenter"
"""The smallest archive."""


@pytest.fixture(scope="module")
def built() -> Path:
    """The archive, built where it is out of date."""
    archives.build(STAGE, DEFAULT_ARCHIVES)
    return DEFAULT_ARCHIVES / f"{STAGE}.mar"


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """One to change."""
    (tmp_path / "archives").mkdir()
    return Path(shutil.copy(built, tmp_path / "archives"))


def contents(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_one_flipped_byte_in_each_file_of_an_archive_is_refused_and_the_file_named(built: Path, copy: Path) -> None:
    there, keys = contents(built), trusted_keys(TRUSTED)
    listed = set(json.loads(there[SEAL])["files"])
    assert {"int8.bin", "int8.xml", "weights.safetensors", "model-config.yaml", f"{STAGE}.py"} < listed
    assert {"MAR-INF/MANIFEST.json", "cxr/stage.py"} < listed

    said = {}
    for name, data in there.items():
        if data:
            pack(copy, there | {name: flipped(data)})
            with pytest.raises(SealError) as told:
                opened(copy, keys)
            said[name] = str(told.value)

    assert listed - set(said) == {name for name, data in there.items() if not data}
    for name in set(said) - {SEAL, SIGNATURE}:
        assert said[name] == f"{copy}: {name} was changed since the archive was signed"
    assert all(SEAL in said[name] for name in (SEAL, SIGNATURE))


def test_what_was_signed_says_what_the_stage_will_say_of_itself(built: Path, tmp_path: Path) -> None:
    seal = opened(built, trusted_keys(TRUSTED)).seal
    with zipfile.ZipFile(built) as packed:
        packed.extractall(tmp_path)
    config = yaml.safe_load((tmp_path / "model-config.yaml").read_text())["stage"]

    assert (seal.stage, seal.version, seal.digest) == (STAGE, config["version"], digest(tmp_path))


def test_the_digest_of_what_runs_changes_with_every_file_of_the_archive(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(built) as packed:
        packed.extractall(tmp_path)
    before, listed = digest(tmp_path), opened(built, trusted_keys(TRUSTED)).seal.files

    for name in listed:
        path = tmp_path / name
        data = path.read_bytes()
        path.write_bytes(flipped(data) if data else b"#")
        assert digest(tmp_path) != before, name
        path.write_bytes(data)
    (tmp_path / "sitecustomize.so").touch()
    assert digest(tmp_path) != before, "a file that was added"


def test_this_machines_key_is_for_its_user_alone_and_apart_from_what_is_trusted(built: Path) -> None:
    assert (SIGNING / PRIVATE).stat().st_mode & 0o077 == 0
    assert SIGNING.stat().st_mode & 0o077 == 0
    assert [path.name for path in TRUSTED.iterdir()] == ["machine.pub"]
    assert (TRUSTED / "machine.pub").read_bytes() == (SIGNING / PUBLIC).read_bytes()


def test_nothing_is_built_with_a_key_that_is_none(copy: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "local.archives", STAGE, "--out", copy.parent, "--sign", copy]

    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert told.returncode == 1
    assert told.stderr.strip() == f"Not signed: {copy}: not a key"


def test_a_stack_with_a_changed_archive_does_not_start_and_says_which_file(built: Path, copy: Path) -> None:
    there = contents(built)
    pack(copy, there | {"int8.xml": flipped(there["int8.xml"])})
    stack = Stack(copy.parent.parent / "run", Ports.free(), copy.parent, processes=(STAGE,))

    with pytest.raises(ArchiveRefusedError, match=r"segmenter\.mar: int8\.xml was changed"):
        stack.up()

    assert not stack.is_up()
    assert all(is_free(port) for port in stack.ports.named((STAGE,)))


def test_whom_a_stack_trusts_is_a_setting(copy: Path, tmp_path: Path) -> None:
    make_keys(tmp_path)
    environment = {"CXR_TRUSTED_KEYS": str(tmp_path)}
    stack = Stack(tmp_path / "run", Ports.free(), copy.parent, environment, processes=(STAGE,))

    with pytest.raises(ArchiveRefusedError, match="not trusted here"):
        stack.up()

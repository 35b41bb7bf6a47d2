"""Archives of another release, and what is in one."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from certificates.seal import SEAL, opened, pack, trusted_keys
from certificates.signatures import PRIVATE, PUBLIC, make_keys
from local import archives
from local.places import ROOT, TRUSTED


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one stage, of a store that has no other, built while another build of that stage is at work."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "temporary" / "segmenter").mkdir(parents=True)  # where torch-model-archiver gathers files by itself
    (folder / "temporary" / "segmenter" / "of another build").touch()
    shutil.copytree(ROOT / "model_store" / "segmenter", folder / "store" / "segmenter")
    command = [sys.executable, "-m", "local.archives", "--release", "next", "--out", folder / "next"]
    environment = os.environ | {"TMPDIR": str(folder / "temporary")}
    subprocess.run([*command, "--store", folder / "store"], check=True, env=environment)
    return folder


def test_release_has_the_stages_of_its_store_and_no_other(built: Path) -> None:
    assert {each.name for each in (built / "next").iterdir()} == {"segmenter.mar"}


def test_archive_says_everything_of_its_model_but_not_how_many_workers_it_has(built: Path) -> None:
    store = yaml.safe_load((ROOT / "model_store" / "segmenter" / "model-config.yaml").read_text())
    with zipfile.ZipFile(built / "next" / "segmenter.mar") as archive:
        packed = yaml.safe_load(archive.read("model-config.yaml"))

    assert "minWorkers" not in packed
    assert "maxWorkers" not in packed
    assert packed == {name: value for name, value in store.items() if name not in ("minWorkers", "maxWorkers")}


def test_archive_holds_the_shared_package_whole_and_no_other_code_but_its_handler(built: Path) -> None:
    """So that what is signed is what runs, and nothing else: an error class of the gateway changes no archive."""
    services = ROOT / "services"
    shared = {str(path.relative_to(services)) for path in (services / "cxr").rglob("*.py")}
    with zipfile.ZipFile(built / "next" / "segmenter.mar") as archive:
        packed = {name for name in archive.namelist() if name.endswith(".py")}

    assert packed == shared | {"segmenter.py", "sitecustomize.py"}  # what its worker runs first


def test_archive_is_built_once(built: Path) -> None:
    assert archives.build("segmenter", built / "next", built / "store") == ""


def test_archive_that_was_changed_since_it_was_built_is_built_anew_as_it_was(built: Path) -> None:
    archive = built / "next" / "segmenter.mar"
    before = archive.read_bytes()
    there = dict(opened(archive, trusted_keys(TRUSTED)).contents)
    pack(archive, there | {"int8.bin": there["int8.bin"][:-1] + b"!"})

    why = archives.build("segmenter", built / "next", built / "store")

    assert why == f"{archive}: int8.bin was changed since the archive was signed"
    assert archive.read_bytes() == before, "the same sources and key are the same archive, byte for byte"


def test_archive_is_built_for_the_key_that_is_asked_for(built: Path, tmp_path: Path) -> None:
    make_keys(tmp_path)
    archive = Path(shutil.copy(built / "next" / "segmenter.mar", tmp_path))
    command = [sys.executable, "-m", "local.archives", "segmenter", "--out", tmp_path]
    command += ["--store", built / "store", "--sign", tmp_path / PRIVATE]

    told = subprocess.run(command, capture_output=True, text=True, check=True)

    assert f"segmenter: built, because {archive}: {SEAL} was changed, or signed with a key that is not" in told.stdout
    assert (
        opened(archive, [tmp_path / PUBLIC]).seal
        == opened(built / "next" / "segmenter.mar", trusted_keys(TRUSTED)).seal
    )


def test_a_build_touches_no_folder_that_another_build_may_work_in(built: Path) -> None:
    assert [path.name for path in (built / "temporary" / "segmenter").iterdir()] == ["of another build"]

"""Archives of another release, and what is in one."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import archives
from local.places import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of one stage, of a store that has no other, built while another build of that stage is at work."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "temporary" / "segmenter").mkdir(parents=True)  # where torch-model-archiver gathers files by itself
    (folder / "temporary" / "segmenter" / "of another build").touch()
    shutil.copytree(ROOT / "model_store" / "segmenter", folder / "store" / "segmenter")
    command = [sys.executable, ROOT / "deploy" / "archives.py", "--release", "next", "--out", folder / "next"]
    environment = os.environ | {"TMPDIR": str(folder / "temporary")}
    subprocess.run([*command, "--store", folder / "store"], check=True, env=environment)
    return folder


def test_release_has_the_stages_of_its_store_and_no_other(built: Path) -> None:
    assert {each.name for each in (built / "next").iterdir()} == {"segmenter.mar", "segmenter.sha256"}


def test_archive_says_everything_of_its_model_but_not_how_many_workers_it_has(built: Path) -> None:
    store = yaml.safe_load((ROOT / "model_store" / "segmenter" / "model-config.yaml").read_text())
    with zipfile.ZipFile(built / "next" / "segmenter.mar") as archive:
        packed = yaml.safe_load(archive.read("model-config.yaml"))

    assert "minWorkers" not in packed
    assert "maxWorkers" not in packed
    assert packed == {name: value for name, value in store.items() if name not in ("minWorkers", "maxWorkers")}


def test_archive_holds_the_shared_package_whole_and_no_other_code_but_its_handler(built: Path) -> None:
    """So that its digest is of what runs, and of nothing else: an error class of the gateway changes no archive."""
    services = ROOT / "services"
    shared = {str(path.relative_to(services)) for path in (services / "cxr").rglob("*.py")}
    with zipfile.ZipFile(built / "next" / "segmenter.mar") as archive:
        packed = {name for name in archive.namelist() if name.endswith(".py")}

    assert packed == shared | {"segmenter.py"}


def test_archive_is_built_once(built: Path) -> None:
    assert archives.build("segmenter", built / "next", built / "store") is False


def test_a_build_touches_no_folder_that_another_build_may_work_in(built: Path) -> None:
    assert [path.name for path in (built / "temporary" / "segmenter").iterdir()] == ["of another build"]

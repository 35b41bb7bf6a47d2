"""Debian's programs that tests talk to: there, missing, broken."""

import os
from pathlib import Path

import pytest

from local.places import ROOT
from tests import peers
from tests.peers import Peer
from tests.unit.deploy.programs import broken, program

APT = """\
echo "$*" >> "$0.log"
if [ "$1" = install ]; then printf '#!/bin/sh\\n' > "$(dirname "$0")/modality"; chmod +x "$(dirname "$0")/modality"; fi
"""
"""Debian's, which installs the program modality."""


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, but for what shell scripts need; and one peer, modality of the package dicom."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(peers, "PEERS", (Peer("modality", ("dicom", "dicom-data")),))
    return tmp_path


def test_one_that_runs_is_found(bin_folder: Path) -> None:
    there = program(bin_folder / "modality", "exit 0")

    assert peers.why_not("modality") == ""
    assert peers.path("modality") == peers.program("modality") == str(there)


def test_one_that_is_missing_is_told_with_its_packages(bin_folder: Path) -> None:
    assert peers.why_not("modality") == "modality is not on this machine: apt-get install dicom dicom-data"
    with pytest.raises(pytest.skip.Exception, match="modality is not on this machine"):
        peers.program("modality")
    with pytest.raises(FileNotFoundError, match="modality is not on this machine"):
        peers.path("modality")


def test_one_that_is_broken_is_not_used(bin_folder: Path) -> None:
    broken(bin_folder / "modality")

    assert peers.why_not("modality").startswith(f"{bin_folder}/modality does not run: apt-get install")
    with pytest.raises(pytest.skip.Exception):
        peers.program("modality")


def test_one_that_wants_a_library_which_is_missing_does_not_run(bin_folder: Path) -> None:
    """As the node that Playwright brings, without libatomic1."""
    program(bin_folder / "modality", "echo 'error while loading shared libraries: libatomic.so.1' >&2; exit 127")

    assert "does not run" in peers.why_not("modality")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_root_on_debian_installs_what_is_missing_and_says_nothing_else(
    bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    apt = program(bin_folder / "apt-get", APT)

    assert peers.main([]) == 0

    assert capsys.readouterr().out == "  packages      installing dicom dicom-data\n"
    assert Path(f"{apt}.log").read_text().splitlines()[-1] == "install -qq --no-install-recommends dicom dicom-data"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs")
def test_what_cannot_be_installed_is_told_with_apts_last_words(
    bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(bin_folder / "apt-get", "echo 'E: Unable to locate package dicom' >&2; exit 100")

    assert peers.main([]) == 0

    told = capsys.readouterr().out
    assert "E: Unable to locate package dicom" in told
    assert "modality is not on this machine. What needs it is skipped." in told


def test_where_all_run_nothing_is_said(bin_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(bin_folder / "modality", "exit 0")

    assert peers.main([]) == 0

    assert capsys.readouterr().out == ""


def test_no_test_looks_for_programs_by_itself() -> None:
    """Or one would be skipped for want of what `make peers` does not install, which only an empty machine shows."""
    looking = {file.name for file in ROOT.joinpath("tests").rglob("*.py") if "shutil.which(" in file.read_text()}

    assert looking == {"peers.py", Path(__file__).name}

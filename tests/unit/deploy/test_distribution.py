"""What can be given away, and how it is told from a forgery; of the wheels see tests/integration/deploy."""

import io
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest

from certificates.signatures import PRIVATE, PUBLIC, SignatureError, make_keys
from distribution.errors import DistributionError
from distribution.making import SIGNATURE, SUMS, seal
from distribution.packages import repacked
from distribution.state import MODELS, PROJECT, checked, section
from local.places import ROOT
from tests.peers import program

CHANGELOG = """# Changelog

## 1.0.0-rc.1, 2026-10-01

- Nearly.

## 1.0.0, 2026-11-29

### Added
- Something.

## 0.9.0, unreleased

- Nothing.
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of version 1.0.0, all of it committed."""
    (tmp_path / "model_store").mkdir()
    for file in ("pyproject.toml", "model_store/pyproject.toml"):
        (tmp_path / file).write_text('[project]\nversion = "1.0.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(clone: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    return subprocess.run(["git", *identity, *words], cwd=clone, capture_output=True, text=True, check=True).stdout


def commit(clone: Path) -> None:
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "all", "--date", "2026-11-29T12:00:00Z")


def test_a_committed_version_is_told_with_its_notes(clone: Path) -> None:
    version = checked(clone)

    assert version.name == "1.0.0"
    assert version.notes == "# 1.0.0, 2026-11-29\n\n### Added\n- Something.\n"
    assert version.commit == git(clone, "rev-parse", "HEAD").strip()
    assert version.epoch == int(git(clone, "log", "-1", "--format=%ct"))


def test_a_change_that_is_not_committed_is_refused_and_named(clone: Path) -> None:
    (clone / "new.py").touch()

    with pytest.raises(DistributionError, match=r"^not committed: new\.py, one of 1\. Commit them first\.$"):
        checked(clone)


def test_versions_that_differ_are_refused(clone: Path) -> None:
    (clone / "model_store" / "pyproject.toml").write_text('[project]\nversion = "0.9.0"\n')
    commit(clone)

    with pytest.raises(DistributionError, match=r"pyproject\.toml says version 1\.0\.0, model_store/.* says 0\.9\.0"):
        checked(clone)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.0", "no section `## 1.0`"),
        ("1.0.0-rc", "no section"),
        ("2.0.0", "no section"),
        ("0.9.0", "says that 0.9.0 is unreleased"),
    ],
)
def test_a_version_that_the_changelog_does_not_tell_of_is_refused(version: str, why: str) -> None:
    with pytest.raises(DistributionError, match=why) as told:
        section(CHANGELOG, version)

    assert "\n" not in str(told.value)


def test_this_repositorys_versions_agree() -> None:
    code, weights = (tomllib.loads((ROOT / file).read_text())["project"]["version"] for file in (PROJECT, MODELS))

    assert code == weights


def test_the_sums_are_those_that_sha256sum_and_openssl_check(tmp_path: Path) -> None:
    folder, keys = tmp_path / "dist", tmp_path / "keys"
    (folder / "archives").mkdir(parents=True)
    keys.mkdir()
    make_keys(keys)
    (folder / "archives" / "segmenter.mar").write_bytes(b"weights")
    (folder / "NOTES.md").write_text("notes")

    seal(folder, keys / PRIVATE)

    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", SUMS], cwd=folder, check=True)
    assert [line.split()[1] for line in (folder / SUMS).read_text().splitlines()] == [
        "NOTES.md",
        "archives/segmenter.mar",
    ]
    program("openssl")
    assert verified(folder, keys)
    (folder / SUMS).write_text("0" * 64 + "  NOTES.md\n")
    assert not verified(folder, keys)


def verified(folder: Path, keys: Path) -> bool:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", keys / PUBLIC, "-rawin", "-in", SUMS]
    return (
        subprocess.run([*command, "-sigfile", SIGNATURE], cwd=folder, capture_output=True, check=False).returncode == 0
    )


def test_sums_are_not_signed_by_something_that_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "no.key").write_text("no key")

    with pytest.raises(SignatureError):
        seal(tmp_path, tmp_path / "no.key")


def test_a_source_archive_does_not_say_who_packed_it_and_when() -> None:
    packed = [repacked(archive(mtime, user), 1_700_000_000) for mtime, user in ((1, "a"), (2, "b"))]

    assert packed[0] == packed[1]
    with tarfile.open(fileobj=io.BytesIO(packed[0])) as there:
        (member,) = there.getmembers()
        assert (member.mtime, member.uname, member.mode) == (1_700_000_000, "", 0o644)


def archive(mtime: int, user: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        member = tarfile.TarInfo("example-1.0/PKG-INFO")
        member.size, member.mtime, member.uname, member.mode = 4, mtime, user, 0o600
        packed.addfile(member, io.BytesIO(b"text"))
    return stream.getvalue()

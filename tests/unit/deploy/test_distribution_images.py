"""Images in a distribution: with a program in Docker's place, which keeps what it is asked."""

import os
from pathlib import Path

import pytest

from distribution.errors import DistributionError
from distribution.images import DIGESTS, save

DOCKER = """\
#!/bin/sh
echo "$*${SOURCE_DATE_EPOCH:+ at $SOURCE_DATE_EPOCH}" >> asked
case "$*" in
"compose config --images") 
    printf 'cxr-cascade/%s:1.0.0\\n' scp gateway scp; echo valkey/valkey:9;;
"compose build") [ ! -e broken ] || { echo 'no space left on device' >&2; exit 1; };;
"save --output "*) echo "$4" > "$3";;
"image inspect "*) echo "sha256:of-$5";;
*) exit 64;;
esac
"""

COMMITTED = 1_796_000_000
"""Seconds since 1970."""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working tree whose docker is that program."""
    (programs := tmp_path / "programs").mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (tree := tmp_path / "tree").mkdir()
    return tree


def test_each_image_of_ours_is_built_and_saved_once_beside_its_id(tree: Path, tmp_path: Path) -> None:
    save(out := tmp_path / "images", "1.0.0", COMMITTED, tree)

    assert (tree / "asked").read_text().splitlines()[1] == f"compose build at {COMMITTED}"
    assert sorted(path.name for path in out.iterdir()) == [DIGESTS, "gateway.tar", "scp.tar"]
    assert (out / "scp.tar").read_text() == "cxr-cascade/scp:1.0.0\n"
    assert (out / DIGESTS).read_text() == (
        "sha256:of-cxr-cascade/gateway:1.0.0  cxr-cascade/gateway:1.0.0\n"
        "sha256:of-cxr-cascade/scp:1.0.0  cxr-cascade/scp:1.0.0\n"
    )


def test_images_of_another_version_are_refused_before_they_are_built(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(DistributionError, match=r"names cxr-cascade/gateway:1\.0\.0, and this is version 1\.1\.0"):
        save(tmp_path / "images", "1.1.0", COMMITTED, tree)

    assert (tree / "asked").read_text().splitlines() == ["compose config --images"]


def test_what_docker_says_is_told_in_one_line(tree: Path, tmp_path: Path) -> None:
    (tree / "broken").touch()

    with pytest.raises(DistributionError, match=r"^docker compose build: no space left on device$"):
        save(tmp_path / "images", "1.0.0", COMMITTED, tree)


def test_a_machine_without_docker_is_told_so(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(DistributionError, match="there is none"):
        save(tmp_path / "images", "1.0.0", COMMITTED, tree)

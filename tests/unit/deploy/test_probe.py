from pathlib import Path

import pytest

from local import probe
from local.probe import NoneFitsError, first, major, said
from tests.unit.deploy.programs import broken, program


def test_what_a_program_says_is_read_from_both_of_its_streams(tmp_path: Path) -> None:
    assert said(program(tmp_path / "java", "echo out; echo err >&2")) == "out\nerr\n"


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "exec sleep 60"], ids=["fails", "dies", "hangs"])
def test_program_that_does_not_end_well_does_not_run(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "ANSWERS_WITHIN_S", 0.5)

    assert said(program(tmp_path / "any", f"echo version 30; {script}")) is None


def test_file_that_is_no_program_does_not_run(tmp_path: Path) -> None:
    assert said(broken(tmp_path / "any")) is None
    assert said(tmp_path / "nothing") is None


def test_bytes_that_are_no_text_are_no_reason_to_fail(tmp_path: Path) -> None:
    assert major(r"v(\d+)", said(program(tmp_path / "any", r"printf 'v12 \377'"))) == 12


def test_version_that_is_not_said_is_none() -> None:
    assert major(r"v(\d+)", "hello") is None
    assert major(r"v(\d+)", None) is None


def test_first_that_is_new_enough_is_taken_and_no_later_one_is_asked() -> None:
    asked: list[int] = []

    def version(candidate: int) -> int:
        asked.append(candidate)
        return candidate

    assert first([3, 20, 30], version, oldest=20) == 20
    assert asked == [3, 20]


def test_what_was_tried_is_told_with_what_is_wrong_with_it() -> None:
    with pytest.raises(NoneFitsError, match=r"^a \(does not run\), b \(version 3\)$"):
        first(["a", "b"], {"a": None, "b": 3}.get, oldest=4)
    with pytest.raises(NoneFitsError, match="not even a package's"):
        first([], {}.get, oldest=4)

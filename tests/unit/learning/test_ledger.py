"""The ledger: nothing leaves it unseen."""

from pathlib import Path

import pytest

from learning import ledger
from learning.errors import LearningError


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    for number in range(3):
        ledger.add(tmp_path, "teach", lesson=number, patients=["a", "b"])
    return tmp_path


def test_what_was_added_is_read_in_its_order(kept: Path) -> None:
    assert [entry["lesson"] for entry in ledger.read(kept)] == [0, 1, 2]
    assert ledger.read(kept)[0]["previous"] == ""


def test_an_empty_folder_has_no_lines(tmp_path: Path) -> None:
    assert ledger.read(tmp_path / "none") == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_line_that_was_taken_out_is_missed(kept: Path, number: int) -> None:
    path = kept / ledger.FILE
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:number] + lines[number + 1 :]))
    with pytest.raises(LearningError, match=f"line {number + 1} does not follow"):
        ledger.read(kept)


def test_a_line_that_was_changed_is_noticed(kept: Path) -> None:
    path = kept / ledger.FILE
    path.write_text(path.read_text().replace('"lesson": 1', '"lesson": 7'))
    with pytest.raises(LearningError, match="line 3"):
        ledger.add(kept, "undo")


def test_half_a_line_is_damage_and_no_traceback(kept: Path) -> None:
    path = kept / ledger.FILE
    path.write_text(path.read_text()[:-20])
    with pytest.raises(LearningError, match="line 3 is damaged"):
        ledger.read(kept)

"""Pairs of answers, as learning reads them."""

from datetime import date
from pathlib import Path

import pytest

from certificates.pairs import Answer, Pair, day_of, name_of, read_pairs


def pair(day: date, film: str = "a" * 32) -> Pair:
    ours = Answer(release="stable", versions={"classifier": "1.0"}, outcome="assessed", classes={"no_pathology": 0.9})
    theirs = Answer(release="next", versions={"classifier": "1.1"}, outcome="refused", refusal="inverted")
    return Pair(day=day, film=film, patient="b" * 32, answered=ours, compared=theirs)


def test_pairs_are_read_back_day_by_day_without_damaged_lines_and_other_files(tmp_path: Path) -> None:
    later, earlier = pair(date(2026, 11, 28)), pair(date(2026, 11, 27), "c" * 32)
    whole = later.model_dump_json()
    (tmp_path / name_of(later.day)).write_text(f"{whole[:40]}\n\n{whole}\n{whole[:-9]}")
    (tmp_path / name_of(earlier.day)).write_bytes(b"\xff\xfe\n" + earlier.model_dump_json().encode() + b"\n")
    (tmp_path / "notes.jsonl").write_text(whole)

    assert list(read_pairs(tmp_path)) == [earlier, later]


def test_what_a_newer_gateway_adds_is_left_out(tmp_path: Path) -> None:
    known = pair(date(2026, 11, 28))
    (tmp_path / name_of(known.day)).write_text(known.model_dump_json()[:-1] + ', "kvp": 80}\n')

    assert list(read_pairs(tmp_path)) == [known]


@pytest.mark.parametrize("name", ["pairs-2026-13-01.jsonl", "pairs-2026-11-28.jsonl.gz", "pairs.jsonl"])
def test_another_name_is_of_no_day(name: str) -> None:
    assert day_of(name) is None
    assert day_of(name_of(date(2026, 11, 28))) == date(2026, 11, 28)

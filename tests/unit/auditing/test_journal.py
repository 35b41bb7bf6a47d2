"""An audit in files: whoever changes, removes or adds a row without the key is found, and nobody forks it."""

import json
import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from auditing import days
from auditing.chain import Chain
from auditing.journal import Journal
from auditing.keys import KeyLostError
from auditing.row import Row, Sealed
from auditing.verify import BrokenError
from auditing.whole import verify
from tests.unit.auditing.conftest import fill


def row(number=0, action="film.assess"):
    return Row(datetime.now(UTC), "ris", action, f"A{number}", {"outcome": "assessed"})


def write(journal, count):
    for number in range(count):
        journal.append([row(number)])


def only_file(journal):
    (path,) = days.files(journal.folder)
    return path


def edited(journal, change):
    """As somebody who may write the folder does: the lines, changed."""
    path = only_file(journal)
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


def test_an_audit_that_nobody_touched_is_whole_and_is_our_users_alone(journal):
    write(journal, 5)

    assert str(verify(journal)) == "whole: rows 1 to 5"
    assert journal.folder.stat().st_mode & 0o777 == 0o700
    beside = [journal.folder.with_name(f"audit{end}") for end in (".key", ".mark")]
    assert [path.stat().st_mode & 0o777 for path in (only_file(journal), *beside)] == [0o600] * 3


def replaced(number, old, new):
    return lambda lines: [
        line.replace(old, new) if index == number else line for index, line in enumerate(lines, 1)
    ]  # fmt: skip


def forged(number):
    return days.line(Sealed(number, "0" * 64, row())).decode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replaced(3, "assessed", "refused"), "row 3 was changed"),
        (replaced(3, '"ris"', '"pacs"'), "row 3 was changed"),
        (replaced(3, '"number":3', '"number":9'), "row 3 was removed, and all to row 8"),
        (replaced(3, "{", ""), "line 3 of .* is no row"),
        (lambda lines: lines[:2] + lines[3:], "row 3 was removed"),
        (lambda lines: lines[1:], "row 1 was removed"),
        (lambda lines: lines[:3], "row 4 was removed, and all to row 5, at the end"),
        (lambda lines: [], "every row of the chain was removed"),
        (lambda lines: [*lines, forged(6)], "row 6 was changed or replaced"),
        (lambda lines: [*lines, lines[-1]], "row 5 was added"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "row 1 was removed"),
    ],
)
def test_the_first_row_that_was_changed_removed_or_added_is_named(journal, change, told):
    write(journal, 5)
    edited(journal, change)

    with pytest.raises(BrokenError, match=told):
        verify(journal)


def test_rows_cut_off_at_the_end_are_missed_also_after_others_were_written(journal, tmp_path):
    write(journal, 5)
    edited(journal, lambda lines: lines[:3])
    again = Journal.open(journal.folder, None, "CXR_AUDIT_KEY")

    with structlog.testing.capture_logs() as told:
        write(again, 10)

    assert [each["event"] for each in told] == ["audit does not continue"]
    with pytest.raises(BrokenError, match="row 5 is not the one that was marked"):
        verify(again)


def test_a_file_of_a_day_that_is_taken_away_is_missed(journal):
    write(journal, 2)
    only_file(journal).rename(journal.folder / "2026-01-01.jsonl")
    write(journal, 2)
    assert len(days.files(journal.folder)) == 2 and verify(journal).last == 4

    (journal.folder / "2026-01-01.jsonl").unlink()

    with pytest.raises(BrokenError, match="row 1 was removed, and all to row 2"):
        verify(journal)
    found = verify(journal, 3)
    assert (found.first, found.last) == (3, 4)


def test_a_day_that_the_clock_comes_back_to_does_not_disorder_the_rows(journal):
    write(journal, 2)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}.jsonl"
    only_file(journal).rename(journal.folder / tomorrow)

    write(journal, 2)

    assert only_file(journal).name == tomorrow and verify(journal).last == 4


def test_what_a_crash_has_left_of_a_row_is_removed_and_the_chain_goes_on(journal):
    write(journal, 2)
    with only_file(journal).open("a") as file:
        file.write('{"number":3,"at"')
    assert verify(journal).last == 2

    write(Journal.open(journal.folder, None, ""), 1)

    assert verify(journal).last == 3


def test_rows_that_a_crash_kept_from_being_marked_are_marked_later(journal):
    write(journal, 2)
    behind = journal.chain.mark.path.read_text()
    write(journal, 2)
    journal.chain.mark.path.write_text(behind)

    write(Journal.open(journal.folder, None, ""), 1)

    assert journal.chain.mark.read().number == 5 and verify(journal).last == 5


def test_without_the_mark_it_is_said_that_the_end_is_not_known(journal):
    write(journal, 2)
    journal.chain.mark.path.unlink()

    assert "rows may be missing" in str(verify(journal))


def test_another_key_verifies_nothing(journal):
    write(journal, 2)

    with pytest.raises(BrokenError, match="or this is not the audit's key"):
        verify(Journal(journal.folder, Chain(b"another", journal.chain.mark)))


def test_a_key_that_is_lost_is_not_replaced_by_a_new_one_and_one_elsewhere_has_to_be_there(journal, tmp_path):
    write(journal, 1)
    journal.folder.with_name("audit.key").unlink()

    with pytest.raises(KeyLostError, match="put the audit's key back"):
        Journal.open(journal.folder, None, "CXR_AUDIT_KEY")
    with pytest.raises(KeyLostError, match="CXR_AUDIT_KEY names one"):
        Journal.open(journal.folder, tmp_path / "elsewhere", "CXR_AUDIT_KEY")


def test_processes_do_not_fork_the_chain_nor_make_two_keys(tmp_path):
    folder, context = tmp_path / "audit", multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_beside, args=(folder,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0

    journal = Journal.open(folder, None, "")
    assert verify(journal).last == 60 and journal.chain.mark.read().number == 60


def _write_beside(folder):
    write(Journal.open(folder, None, ""), 20)


def test_rows_are_there_whole_or_not_at_all_where_the_disk_is_full(small):
    journal = Journal.open(small / "audit", None, "")
    write(journal, 3)
    fill(small)
    with pytest.raises(OSError, match="No space"):
        journal.append([row(number) for number in range(100)])
    assert verify(journal).last == 3

    (small / "ballast").unlink()
    write(journal, 1)
    assert verify(journal).last == 4


def test_each_line_is_a_json_object_and_says_all_of_its_row(journal):
    write(journal, 1)

    told = json.loads(only_file(journal).read_text())
    assert set(told) == {"number", "at", "who", "action", "about", "detail", "seal"}

"""Whether an audit in files is whole: auditing.verify, of the rows of a journal."""

from collections.abc import Iterator

from auditing.journal import Journal
from auditing.row import Sealed
from auditing.service import Service
from auditing.settings import KeptInFiles
from auditing.trail import open_journal
from auditing.verify import BrokenError, Whole, look, marked, tell


def audit(settings: KeptInFiles, service: Service, begin: int | None) -> int:
    """Say whether the audit is whole: what every service's verb `audit verify` does; its exit status.

    Raises:
        ValueError: there is none, or its key is lost.
        OSError: a file cannot be read.
    """
    folder = settings.audit_folder
    if folder is None or not folder.is_dir():
        why = f"{folder}: no such folder" if folder else f"{service.prefix}AUDIT_FOLDER is not set"
        raise ValueError(f"there is no audit: {why}")
    journal = open_journal(settings, service)
    assert journal  # noqa: S101 - for the type checker: there is a folder
    return tell(lambda: verify(journal, begin))


def verify(journal: Journal, begin: int | None = None) -> Whole:
    """Look at every row, the oldest first.

    Args:
        begin: the row to begin with, taking the seal of the one before it for right; all of them unless given.

    Raises:
        BrokenError: names the first row that was changed, removed or added.
    """
    ends = marked(journal.chain.mark)  # before the rows: others may write meanwhile
    rows = _rows(journal, begin or 1)
    first = next(rows, None)
    if first is None:
        if ends:
            raise BrokenError("every row of the chain was removed")
        return Whole(0, 0, 0, False)
    start, before, looked = 1, journal.chain.anchor(), _again(first, rows)
    if begin and begin > 1:
        start, before = first.number, _seal_before(journal, first.number)
        if not before and first.seal:  # the files before it were put elsewhere: it has to be believed itself
            start, before, looked = first.number + 1, first.seal, rows
    wanted = [each for each in ends if each.number >= start or not begin]
    last = look(looked, journal.chain, start, before, wanted)
    return Whole(first.number, last, 0, bool(ends))


def _again(first: Sealed, rest: Iterator[Sealed]) -> Iterator[Sealed]:
    yield first
    yield from rest


def _rows(journal: Journal, begin: int) -> Iterator[Sealed]:
    try:
        yield from journal.rows(begin)
    except ValueError as error:
        raise BrokenError(f"a row was changed, or something else was added: {error}") from error


def _seal_before(journal: Journal, start: int) -> str:
    """Of the row before one; empty where that is not there."""
    before = next(_rows(journal, start - 1), None)
    return before.seal or "" if before and before.number == start - 1 else ""

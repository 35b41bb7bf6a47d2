"""Whether an audit is whole: nothing in it was changed, removed or added by anybody who has not its key."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditing.chain import Chain
from auditing.mark import Mark, Place
from auditing.row import Sealed


class BrokenError(Exception):
    """The audit is not as it was written; the message names the first row that tells."""


@dataclass(frozen=True)
class Whole:
    """What was found, where nothing is wrong."""

    first: int
    """Number of the first row of the chain, or of the first that was looked at; 0 where there is none."""
    last: int
    older: int
    """Rows from before there was a chain."""
    marked: bool
    """Whether the end is marked beside the rows: only then it is known that nothing is missing there."""
    emptied: int = 0
    """Rows that hold no longer what they held, since somebody was forgotten."""

    def __str__(self) -> str:
        if not self.last:
            return f"no chain yet; {self.older} rows from before it, which nothing seals"
        told = f"whole: rows {self.first} to {self.last}"
        told += f", after {self.older} rows from before the chain, unchanged since it began" if self.older else ""
        told += f"; {self.emptied} of them emptied, since somebody was forgotten" if self.emptied else ""
        return told + ("" if self.marked else "; its end is marked nowhere else, so rows may be missing there")


def add_arguments(verb: argparse.ArgumentParser) -> None:
    """What every service's verb `audit` takes."""
    verb.add_argument("what", choices=["verify"])
    verb.add_argument("--from", dest="begin", type=int, help="row to begin with, where an older key is lost")


def tell(look: Callable[[], Whole]) -> int:
    """Print what a look at an audit finds: exit status 0, or 1 where it is not whole."""
    try:
        print(f"audit: {look()}")
    except BrokenError as broken:
        print(f"audit: {broken}", file=sys.stderr)
        return 1
    return 0


def marked(mark: Mark) -> list[Place]:
    """The row that is marked, if one is.

    Raises:
        BrokenError: the mark is damaged.
    """
    try:
        place = mark.read()
    except (ValueError, OSError) as error:
        raise BrokenError(f"{mark.path} cannot be read: what it marked is not known") from error
    return [place] if place else []


def look(
    rows: Iterable[Sealed],
    chain: Chain,
    start: int,
    before: str,
    ends: Sequence[Place],
    is_right: Callable[[Sealed, str], bool] | None = None,
) -> int:
    """Look at each row, from one number on; gives the last one's.

    Args:
        rows: in their order.
        chain: that seals them.
        start: the first one's number.
        before: the seal before that.
        ends: rows that are known to have been the last, from somewhere else.
        is_right: whether a row is, after the seal before it; as it was sealed, unless given.

    Raises:
        BrokenError: names the first row that was changed, removed or added.
    """
    wanted, seals = {each.number for each in ends}, {}
    last = start - 1
    for place in _followed(rows, is_right or (lambda each, seal: _as_sealed(chain, each, seal)), start, before):
        last = place.number
        if last in wanted:
            seals[last] = place.seal
    for end in ends:
        if end.number > last:
            raise BrokenError(f"row {last + 1} was removed" + _until(last + 1, end.number) + ", at the end")
        if seals.get(end.number) != end.seal:
            raise BrokenError(f"row {end.number} is not the one that was marked: the audit was replaced up to there")
    return last


def _as_sealed(chain: Chain, each: Sealed, before: str) -> bool:
    return each.seal == chain.seal(before, each.number, each.row)


def _followed(
    rows: Iterable[Sealed], is_right: Callable[[Sealed, str], bool], start: int, before: str
) -> Iterator[Place]:
    """Each row's place, after it was looked at."""
    expected = start
    for each in rows:
        if each.number != expected:
            if each.number < expected:
                raise BrokenError(f"row {each.number} was added")
            raise BrokenError(f"row {expected} was removed" + _until(expected, each.number - 1))
        if each.seal is None:
            raise BrokenError(f"row {each.number} was added by something else than this service")
        if not is_right(each, before):
            older = ", or one from before the chain was" if each.number == start else ""
            raise BrokenError(f"row {each.number} was changed or replaced{older}; or this is not the audit's key")
        before, expected = each.seal, each.number + 1
        yield Place(each.number, each.seal)


def _until(first: int, last: int) -> str:
    return f", and all to row {last}" if last > first else ""

"""The files of an audit: one a day, a line of JSON a row; the newest day's file is the one that is written."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from auditing.disk import sync
from auditing.row import Row, Sealed

NAME = re.compile(r"\d{4}-\d{2}-\d{2}\.jsonl")
"""Of a file: the day, UTC. In their order, rows are in theirs."""

TAIL_BYTES = 64 * 1024
"""Within which a file's last row is looked for first; a row has some hundred bytes."""


def files(folder: Path) -> list[Path]:
    """Those of a folder, the oldest first. Raises OSError."""
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))


def line(sealed: Sealed) -> bytes:
    """A row as it is written."""
    row = sealed.row
    told = {"number": sealed.number, "at": row.at.isoformat(timespec="microseconds"), "who": row.who}
    told |= {"action": row.action, "about": row.about, "detail": row.detail, "seal": sealed.seal}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def parsed(text: bytes) -> Sealed:
    """A row as it was written.

    Raises:
        ValueError: it is none.
    """
    try:
        told = json.loads(text)
        row = Row(datetime.fromisoformat(told["at"]), told["who"], told["action"], told["about"], told["detail"])
        return Sealed(int(told["number"]), told.get("seal"), row)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError("no row") from error


def lines(path: Path, start: int = 0) -> Iterator[tuple[bytes, int]]:
    """Each whole line from a byte on, with where it ends; what is not ended yet is being written, or was cut off."""
    with path.open("rb") as file:
        file.seek(start)
        for text in file:
            if not text.endswith(b"\n"):
                return
            start += len(text)
            yield text, start


def last(path: Path) -> Sealed | None:
    """A file's last row; None where it has none. Raises OSError."""
    size = path.stat().st_size
    for start in sorted({max(0, size - TAIL_BYTES), 0}, reverse=True):
        with path.open("rb") as file:
            file.seek(start)
            found = file.read().splitlines()
        for text in reversed(found):
            try:
                return parsed(text)
            except ValueError:
                continue
    return None


def first(path: Path) -> Sealed | None:
    """A file's first row, where its first line is one. Raises OSError."""
    for text, _ in lines(path):
        try:
            return parsed(text)
        except ValueError:
            return None
    return None


def append(path: Path, data: bytes) -> int:
    """Write whole lines to a file, and force them to the disk; all or, where the disk refuses, none. Its new size.

    Raises:
        OSError: none were written.
    """
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    if new:
        sync(path.parent)
    return size + len(data)


def cut_off_unfinished(path: Path) -> int:
    """Remove what follows the last whole line, of which nobody was told that it was written; how many bytes."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        if not size or (file.seek(size - 1), file.read(1))[1] == b"\n":
            return 0
        file.seek(0)
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
    return size - whole


def starting(found: Sequence[Path], number: int) -> int:
    """Index of the file that has a row, if any has; that of the first where it cannot be told."""
    for index in range(len(found) - 1, 0, -1):
        begins = first(found[index])
        if begins and begins.number <= number:
            return index
    return 0

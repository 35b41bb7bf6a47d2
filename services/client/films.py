"""Films that a command names: files, folders, and what is piped in."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cxr.errors import UnsupportedTypeError
from imaging.file import kind_of

PIPED = "-"


class Film(NamedTuple):
    """One film: what it is called, and where it is."""

    name: str
    path: Path | None
    """None for what is piped in."""

    def read(self) -> bytes:
        """Its bytes. Raises OSError."""
        return self.path.read_bytes() if self.path else sys.stdin.buffer.read()


def films(names: list[str]) -> Iterator[Film]:
    """All of them: a file that is named is one, whatever it holds; of a folder all DICOM, PNG and JPEG files below it.

    Raises:
        OSError: a file of a folder cannot be read.
    """
    for name in names:
        path = Path(name)
        if name == PIPED:
            yield Film("standard input", None)
        elif path.is_dir():
            yield from (Film(str(each), each) for each in sorted(path.rglob("*")) if each.is_file() and _is_film(each))
        else:
            yield Film(name, path)


def _is_film(path: Path) -> bool:
    try:
        return bool(kind_of(path.read_bytes(), ""))
    except UnsupportedTypeError:
        return False

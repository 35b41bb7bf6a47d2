"""The file of films' wrapped keys: records of one size, none of which crosses a disk's sector, overwritten in place.

No database: where a film is forgotten its record becomes zeros in its own place, and no journal, log or free page keeps
what was there. A file system that copies on write, a flash disk and a backup keep it all the same, until the
key-encryption key is changed.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Self

from auditing.disk import sync
from erasure.sealed.kek import ID_BYTES, WRAPPED_BYTES

FILE = "films.keys"
"""In a service's folder."""

MAGIC = b"cxr cascade film keys 1\n"
RECORD_BYTES = 128
"""A whole part of a sector of 512 bytes, so that a power cut leaves the old record or the new one."""
KEY_ID_BYTES, FILM_BYTES = 16, 40
FREE = bytes(RECORD_BYTES)
INCOMING = ""
"""The film of a key whose film is not known yet, since it is being received."""


@dataclass(frozen=True)
class Record:
    """A film's wrapped key."""

    id: bytes
    """Random."""
    film: str
    kek: bytes
    """Id of the key that it is wrapped by."""
    wrapped: bytes

    @property
    def about(self) -> bytes:
        """What the wrapping is bound to."""
        return self.id + self.film.encode()

    @classmethod
    def parsed(cls, data: bytes) -> Self | None:
        """Of a record's bytes; None of one that is free."""
        if not any(data):
            return None
        film, kek = KEY_ID_BYTES + FILM_BYTES, KEY_ID_BYTES + FILM_BYTES + ID_BYTES
        name = data[KEY_ID_BYTES:film].rstrip(b"\0").decode("ascii", "replace")
        return cls(data[:KEY_ID_BYTES], name, data[film:kek], data[kek : kek + WRAPPED_BYTES])

    def bytes(self) -> bytes:
        """As it is written."""
        return (self.id + field(self.film) + self.kek + self.wrapped).ljust(RECORD_BYTES, b"\0")


def field(film: str) -> bytes:
    """A film's id as records hold it. Raises ValueError where it is none."""
    name = film.encode("ascii")
    if len(name) > FILM_BYTES:
        raise ValueError("a film's id is too long")
    return name.ljust(FILM_BYTES, b"\0")


class Keys:
    """The file, for threads and processes at once. A record is known by its place, its slot, from 1."""

    def __init__(self, folder: Path, kek: bytes) -> None:
        """Of a folder; made where there is none, for new keys to be wrapped by this key."""
        self._path = folder / FILE
        self._free = 1
        """Before which no record is free, as far as this process knows."""
        with self._locked(os.O_RDWR | os.O_CREAT) as file:
            if not os.fstat(file).st_size:
                _write(file, 0, _header(kek))
                os.fsync(file)
                sync(folder)

    @staticmethod
    def begun(folder: Path) -> bool:
        """Whether a folder has keys."""
        path = folder / FILE
        return path.exists() and any(path.read_bytes()[RECORD_BYTES:])

    def keks(self) -> set[bytes]:
        """Ids of the keys that are needed: of new films' keys, and of each that is here."""
        with self._locked(os.O_RDONLY) as file:
            data = os.pread(file, os.fstat(file).st_size, 0)
            found = (Record.parsed(data[at : at + RECORD_BYTES]) for at in range(RECORD_BYTES, len(data), RECORD_BYTES))
            return {_kek(file)} | {record.kek for record in found if record}

    def kek(self) -> bytes:
        """Id of the key that new ones are wrapped by."""
        with self._locked(os.O_RDONLY) as file:
            return _kek(file)

    def choose(self, kek: bytes) -> None:
        """From now on new ones are wrapped by another key; on the disk when this returns."""
        with self._locked(os.O_RDWR) as file:
            _write(file, 0, _header(kek))
            os.fsync(file)

    def add(self, record: Record, durable: bool = True) -> int:
        """Add one; its slot. On the disk when this returns, if it shall be."""
        with self._locked(os.O_RDWR) as file:
            slot = self._first_free(file)
            _write(file, slot, record.bytes())
            self._free = slot + 1
            if durable:
                os.fsync(file)
            return slot

    def get(self, slot: int, key_id: bytes) -> Record | None:
        """One; None where another one, or none, is in its place by now."""
        with self._locked(os.O_RDONLY) as file:
            found = _read(file, slot)
        return found if found and found.id == key_id else None

    def replace(self, slot: int, record: Record) -> bool:
        """Write one anew, if it is still there; on the disk when this returns."""
        with self._locked(os.O_RDWR) as file:
            found = _read(file, slot)
            if found is None or found.id != record.id:
                return False
            _write(file, slot, record.bytes())
            os.fsync(file)
            return True

    def of(self, film: str) -> tuple[int, Record] | None:
        """A film's key, and where it is; the first one where it came more than once."""
        with self._locked(os.O_RDONLY) as file:
            for slot in _places(file, film):
                if found := _read(file, slot):
                    return slot, found
        return None

    def all(self) -> Iterator[tuple[int, Record]]:
        """Every one, as it is when it is asked for."""
        slot = 1
        while True:
            with self._locked(os.O_RDONLY) as file:
                if slot * RECORD_BYTES >= os.fstat(file).st_size:
                    return
                found = _read(file, slot)
            if found:
                yield slot, found
            slot += 1

    def remove(self, films: Iterable[str]) -> int:
        """Overwrite the keys of films; how many. On the disk when this returns."""
        with self._locked(os.O_RDWR) as file:
            return self._clear(file, [slot for film in films for slot in _places(file, film)])

    def free(self, slot: int, key_id: bytes) -> None:
        """Overwrite one, if it is still there."""
        with self._locked(os.O_RDWR) as file:
            found = _read(file, slot)
            if found and found.id == key_id:
                self._clear(file, [slot])

    def _clear(self, file: int, slots: list[int]) -> int:
        for slot in slots:
            _write(file, slot, FREE)
        if slots:
            os.fsync(file)
            self._free = min(self._free, *slots)
        return len(slots)

    def _first_free(self, file: int) -> int:
        slots = os.fstat(file).st_size // RECORD_BYTES
        return next((slot for slot in range(self._free, slots) if _read(file, slot) is None), max(slots, 1))

    @contextmanager
    def _locked(self, flags: int) -> Iterator[int]:
        """A descriptor of its own, since such a lock belongs to it and not to the process."""
        file = os.open(self._path, flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_SH if flags == os.O_RDONLY else fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


def _header(kek: bytes) -> bytes:
    return (MAGIC + kek).ljust(RECORD_BYTES, b"\0")


def _kek(file: int) -> bytes:
    return os.pread(file, RECORD_BYTES, 0)[len(MAGIC) :][:ID_BYTES]


def _read(file: int, slot: int) -> Record | None:
    data = os.pread(file, RECORD_BYTES, slot * RECORD_BYTES) if slot > 0 else b""
    return Record.parsed(data) if len(data) == RECORD_BYTES else None


def _write(file: int, slot: int, data: bytes) -> None:
    os.pwrite(file, data, slot * RECORD_BYTES)


def _places(file: int, film: str) -> list[int]:
    """Slots of a film's keys. What is being received is no film's."""
    if not film:
        return []
    wanted, found = field(film), []
    with mmap(file, 0, access=ACCESS_READ) as data:
        at = data.find(wanted)
        while at >= 0:
            slot, offset = divmod(at, RECORD_BYTES)
            if offset == KEY_ID_BYTES and slot:
                found.append(slot)
            at = data.find(wanted, at + 1)
    return found

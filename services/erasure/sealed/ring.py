"""Films' keys, unwrapped: made, found, destroyed, and wrapped anew where the key-encryption key is changed."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from erasure.sealed import kek
from erasure.sealed.errors import DamagedError, LockedError, NoKeyError
from erasure.sealed.kek import KEY_BYTES, KeyEncryptionKeys
from erasure.sealed.keys import INCOMING, KEY_ID_BYTES, Keys, Record
from erasure.sealed.settings import AtRest

Source = Callable[[], KeyEncryptionKeys]
"""Reads the key-encryption keys, again where another process has changed them."""

SWEPT_AFTER_S = 6 * 60 * 60
"""Since a film has gone. Source: above what a backup takes, which copies films first, and keys at its end."""

GONE = "the film's key is gone: it was forgotten"


class Ring:
    """Of one folder; safe to share between threads, and beside other processes. A key is known by slot and id."""

    def __init__(self, keys: Keys, source: Source) -> None:
        """Of a folder's wrapped keys, and what they are wrapped by."""
        self._keys, self._source, self._keks = keys, source, source()
        self._last = b"", "", b""
        """Id, film and key that were used last: files of one film are read one after the other."""
        self._absent: dict[tuple[int, bytes], float] = {}
        """Keys of films that are not there, and since when that is known."""

    @classmethod
    def of(cls, folder: Path, settings: AtRest) -> Self:
        """The one of a folder, which is made where there is none. Raises NoKeyError."""
        if settings.disk_key and Path(settings.disk_key).resolve().is_relative_to(folder.resolve()):
            raise NoKeyError(f"{settings.disk_key} is in {folder}: keep the key apart from what it encrypts")
        keks = kek.read(settings)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = Keys(folder, keks.first)
        if lacking := [each.hex() for each in keys.keks() if each not in keks]:
            raise NoKeyError(
                f"films in {folder} are encrypted by key {lacking[0]}, and {keks.first.hex()} is given: put the other "
                "one back, in a line below it where it shall be changed"
            )
        return cls(keys, lambda: kek.read(settings))

    def new(self, film: str, durable: bool = True) -> tuple[int, bytes, bytes]:
        """A new film's slot, id and key; on the disk when this returns, if it shall be."""
        key = secrets.token_bytes(KEY_BYTES)
        record = self._wrapped(secrets.token_bytes(KEY_ID_BYTES), film, key)
        return self._keys.add(record, durable), record.id, key

    def known(self, film: str) -> tuple[int, bytes, bytes] | None:
        """A film's slot, id and key; None where it has none."""
        found = self._keys.of(film)
        return (found[0], found[1].id, self._unwrapped(found[1])) if found else None

    def key(self, slot: int, key_id: bytes, film: str | None) -> bytes:
        """A film's key.

        Args:
            slot: where it is.
            key_id: its id.
            film: that it has to be of.

        Raises:
            DamagedError: it is gone, or another film's.
            LockedError: it cannot be unwrapped now.
        """
        known, of, key = self._last
        if known == key_id and film in (None, of):
            return key
        record = self._keys.get(slot, key_id)
        if record is None:
            raise DamagedError(GONE)
        if film not in (None, record.film):
            raise DamagedError("the file is another film's")
        key = self._unwrapped(record)
        if record.film != INCOMING:
            self._last = key_id, record.film, key
        return key

    def adopt(self, slot: int, key_id: bytes, film: str) -> None:
        """What was received is a film's from now on; on the disk when this returns. Raises as key."""
        key = self.key(slot, key_id, INCOMING)
        if not self._keys.replace(slot, self._wrapped(key_id, film, key)):
            raise DamagedError(GONE)

    def drop(self, slot: int, key_id: bytes) -> None:
        """Destroy the key of what was received, unless it is a film's by now."""
        record = self._keys.get(slot, key_id)
        if record and record.film == INCOMING:
            self._keys.free(slot, key_id)

    def forget(self, films: Iterable[str]) -> int:
        """Destroy films' keys; how many."""
        self._last = b"", "", b""
        return self._keys.remove(films)

    def sweep(self, there: Iterable[str]) -> int:
        """Destroy keys of films that are not there, and have not been for SWEPT_AFTER_S; how many."""
        known, now = set(there), time.monotonic()
        absent = [(slot, record.id) for slot, record in self._keys.all() if record.film not in known]
        self._absent = {each: self._absent.get(each, now) for each in absent}
        gone = [each for each, since in self._absent.items() if now - since >= SWEPT_AFTER_S]
        for slot, key_id in gone:
            self._keys.free(slot, key_id)
        return len(gone)

    def clear_incoming(self) -> None:
        """Destroy keys of what was being received."""
        for slot, record in list(self._keys.all()):
            if record.film == INCOMING:
                self._keys.free(slot, record.id)

    def rekey(self) -> int:
        """Wrap all by the first key-encryption key; how many were wrapped by another one. Raises NoKeyError."""
        self._keks = self._source()
        if self._keys.kek() != self._keks.first:
            self._keys.choose(self._keks.first)
        old = ((slot, record) for slot, record in self._keys.all() if record.kek != self._keks.first)
        return sum(
            self._keys.replace(slot, self._wrapped(record.id, record.film, self._unwrapped(record)))
            for slot, record in old
        )

    def _wrapped(self, key_id: bytes, film: str, key: bytes) -> Record:
        """By the key-encryption key that is to be used now, which another process may have changed."""
        now = self._keys.kek()
        record = Record(key_id, film, now, b"")
        return replace(record, wrapped=self._given(now).wrap(now, key, record.about))

    def _unwrapped(self, record: Record) -> bytes:
        return self._given(record.kek).unwrap(record.kek, record.wrapped, record.about)

    def _given(self, wanted: bytes) -> KeyEncryptionKeys:
        """Those that are given, read again where the wanted one is not among them."""
        if wanted not in self._keks:
            try:
                self._keks = self._source()
            except NoKeyError as error:
                raise LockedError(str(error)) from error
        return self._keks

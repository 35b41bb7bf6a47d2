"""Writes and reads films' files: each encrypted under its film's own key, or, if nothing is encrypted, as they are."""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, Self, cast

from erasure.sealed import form, kek
from erasure.sealed.errors import DamagedError, LockedError, NoKeyError
from erasure.sealed.kek import KEY_BYTES, KeyEncryptionKeys
from erasure.sealed.keys import INCOMING, KEY_ID_BYTES, Keys, Record
from erasure.sealed.settings import AtRest

Source = Callable[[], KeyEncryptionKeys]
"""Reads the key-encryption keys, again where another process has changed them."""

SWEPT_AFTER_S = 6 * 60 * 60
"""Since a film has gone. Source: above what a backup takes, which copies films first, and keys at its end."""

GONE = "the film's key is gone: it was forgotten"


class Vault:
    """Of one service's folder; safe to share between threads, and beside other processes."""

    def __init__(self, keys: Keys | None = None, source: Source | None = None) -> None:
        """With films' keys and what they are encrypted by; without, nothing is encrypted."""
        self._keys, self._source = keys, source
        self._keks = source() if source else None
        self._last = b"", b""
        """Id of the film's key that was used last, and itself: files of one film are read one after the other."""
        self._absent: dict[tuple[int, bytes], float] = {}
        """Keys of films that are not there, and since when that is known."""

    @classmethod
    def of(cls, folder: Path, settings: AtRest) -> Self:
        """The one of a folder, which is made where there is none.

        Raises:
            NoKeyError: its films are encrypted, and the settings name no key, or another one.
        """
        if not settings.encrypts:
            if Keys.begun(folder):
                name = f"{settings.model_config.get('env_prefix', '')}DISK_KEY"
                raise NoKeyError(f"what is in {folder} is encrypted: {name} has to name the key")
            return cls()
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

    @property
    def encrypts(self) -> bool:
        """Whether what is new is encrypted."""
        return self._keys is not None

    def create(self, folder: Path, suffix: str) -> IO[bytes]:
        """A new file for a film that is being received, with a name of its own; no byte is on the disk in clear."""
        file = NamedTemporaryFile(mode="wb", dir=folder, suffix=suffix, delete=False)  # noqa: SIM115 - who writes closes
        if not self._keys:
            return cast(IO[bytes], file)
        slot, record, key = self._new(INCOMING, durable=False)
        return cast(IO[bytes], form.Writer(cast(BinaryIO, file), file.name, form.Header.new(record.id, slot), key))

    def adopt(self, received: Path, film: str) -> None:
        """A film was received: from now on its file's key is the film's, and it survives a crash."""
        if not self._keys:
            return
        header = _header(received)
        if header is None:
            raise DamagedError("a film was received in clear")
        key = self._key(header, INCOMING)
        if not self._keys.replace(header.slot, self._wrapped(header.key_id, film, key)):
            raise DamagedError(GONE)

    def drop(self, received: Path) -> None:
        """Remove a file that was received, or is being, and its key where no film has it."""
        header = None
        with contextlib.suppress(FileNotFoundError, DamagedError):  # a crash may have cut its begin off
            header = _header(received) if self._keys else None
        received.unlink(missing_ok=True)
        if self._keys and header:
            record = self._keys.get(header.slot, header.key_id)
            if record and record.film == INCOMING:
                self._keys.free(header.slot, header.key_id)

    def seal(self, film: str, data: bytes) -> bytes:
        """What is to be written of a film; its key, where it is new, is on the disk when this returns."""
        if not self._keys:
            return data
        slot, record, key = self._known(film) or self._new(film)
        written = BytesIO()
        header = form.Header.new(record.id, slot)
        chunks = form.Chunks(header, key)
        written.write(header.bytes())
        last = max(0, -(-len(data) // form.CHUNK_BYTES) - 1)
        for number in range(last + 1):
            chunk = data[number * form.CHUNK_BYTES :][: form.CHUNK_BYTES]
            written.write(chunks.seal(number, number == last, chunk))
        return written.getvalue()

    def unseal(self, data: bytes, film: str) -> bytes:
        """What seal was given; what is not sealed, as it is. Raises as open."""
        header = form.Header.parsed(data[: form.HEADER_BYTES]) if self._keys else None
        if header is None:
            return data
        chunks = form.Chunks(header, self._key(header, film))
        return form.Reader(BytesIO(data), len(data), chunks).readall() or b""

    def open(self, path: Path, film: str | None = None) -> BinaryIO:
        """A file, to be read from any place.

        Args:
            path: of a file, sealed or not.
            film: that it has to be of.

        Raises:
            FileNotFoundError: there is none.
            DamagedError: it was changed, is another film's, or its film was forgotten; also while it is read.
            LockedError: the key-encryption key was changed, and the new one is not given.
        """
        file = path.open("rb")
        return form.opened(file, lambda header: self._key(header, film)) if self._keys else file

    def read(self, path: Path, film: str | None = None) -> bytes:
        """All of a file. Raises as open."""
        with self.open(path, film) as file:
            return file.read()

    def size(self, path: Path) -> int:
        """Bytes of what is in a file."""
        size = path.stat().st_size
        return form.plain_size(size) if self.is_sealed(path) else size

    def is_sealed(self, path: Path) -> bool:
        """Whether a file is encrypted: it may be from before anything was."""
        return self._keys is not None and form.is_sealed(path)

    def forget(self, films: Iterable[str]) -> int:
        """Destroy films' keys: what is left of their files, wherever, is noise from now on; how many keys."""
        self._last = b"", b""
        return self._keys.remove(films) if self._keys else 0

    def sweep(self, there: Iterable[str]) -> int:
        """Destroy keys of films that are not there, and have not been for SWEPT_AFTER_S; how many."""
        if not self._keys:
            return 0
        known, now = set(there), time.monotonic()
        absent = [(slot, record.id) for slot, record in self._keys.all() if record.film not in known]
        self._absent = {each: self._absent.get(each, now) for each in absent}
        gone = [each for each, since in self._absent.items() if now - since >= SWEPT_AFTER_S]
        for slot, key_id in gone:
            self._keys.free(slot, key_id)
        return len(gone)

    def clear_incoming(self) -> None:
        """Destroy keys of what was being received: to be called at the start."""
        if self._keys:
            for slot, record in list(self._keys.all()):
                if record.film == INCOMING:
                    self._keys.free(slot, record.id)

    def rekey(self) -> int:
        """Wrap all films' keys by the first key-encryption key; how many were wrapped by another one.

        It may be called while others write, and again where it was interrupted.

        Raises:
            NoKeyError: nothing is encrypted, or the keys cannot be read.
            LockedError: the key that some are wrapped by is not given any more.
        """
        if not (self._keys and self._source):
            raise NoKeyError("nothing is encrypted: no key is named")
        self._keks = self._source()
        if self._keys.kek() != self._keks.first:
            self._keys.choose(self._keks.first)
        count = 0
        for slot, record in self._keys.all():
            if record.kek != self._keks.first:
                key = self._keks.unwrap(record.kek, record.wrapped, record.about)
                count += self._keys.replace(slot, self._wrapped(record.id, record.film, key))
        return count

    def _known(self, film: str) -> tuple[int, Record, bytes] | None:
        found = self._keys.of(film) if self._keys else None
        return (*found, self._unwrapped(found[1])) if found else None

    def _new(self, film: str, durable: bool = True) -> tuple[int, Record, bytes]:
        key = secrets.token_bytes(KEY_BYTES)
        record = self._wrapped(secrets.token_bytes(KEY_ID_BYTES), film, key)
        return cast(Keys, self._keys).add(record, durable), record, key

    def _wrapped(self, key_id: bytes, film: str, key: bytes) -> Record:
        """By the key-encryption key that is to be used now, which another process may have changed."""
        now = cast(Keys, self._keys).kek()
        about = Record(key_id, film, now, b"").about
        return Record(key_id, film, now, self._given(now).wrap(now, key, about))

    def _unwrapped(self, record: Record) -> bytes:
        return self._given(record.kek).unwrap(record.kek, record.wrapped, record.about)

    def _given(self, wanted: bytes) -> KeyEncryptionKeys:
        """Those that are given, read again where the wanted one is not among them."""
        keks = self._keks
        if self._source and (keks is None or wanted not in keks):
            try:
                keks = self._keks = self._source()
            except NoKeyError as error:
                raise LockedError(str(error)) from error
        if keks is None:
            raise LockedError("a film is encrypted, and no key is named")
        return keks

    def _key(self, header: form.Header, film: str | None) -> bytes:
        """A film's key. Raises DamagedError, LockedError."""
        known, key = self._last
        if known == header.key_id and film is None:
            return key
        record = cast(Keys, self._keys).get(header.slot, header.key_id)
        if record is None:
            raise DamagedError(GONE)
        if film not in (None, record.film):
            raise DamagedError("the file is another film's")
        return key if known == header.key_id else self._kept(record)

    def _kept(self, record: Record) -> bytes:
        key = self._unwrapped(record)
        self._last = record.id, key
        return key


def _header(path: Path) -> form.Header | None:
    with path.open("rb") as file:
        return form.Header.parsed(file.read(form.HEADER_BYTES))

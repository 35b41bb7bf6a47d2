"""Writes and reads films' files: each encrypted under its film's own key, or, if nothing is encrypted, as they are."""

import contextlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO, Self, cast

from erasure.sealed import form
from erasure.sealed.errors import DamagedError, NoKeyError
from erasure.sealed.form import HEADER_BYTES, Header
from erasure.sealed.keys import INCOMING, Keys
from erasure.sealed.ring import Ring
from erasure.sealed.settings import AtRest


class Vault:
    """Of one service's folder; safe to share between threads, and beside other processes."""

    def __init__(self, ring: Ring | None = None) -> None:
        """With films' keys; without, nothing is encrypted."""
        self._ring = ring

    @classmethod
    def of(cls, folder: Path, settings: AtRest) -> Self:
        """The one of a folder, which is made where there is none.

        Raises:
            NoKeyError: its films are encrypted, and the settings name no key, or another one.
        """
        if settings.encrypts:
            return cls(Ring.of(folder, settings))
        if Keys.begun(folder):
            name = f"{settings.model_config.get('env_prefix', '')}DISK_KEY"
            raise NoKeyError(f"what is in {folder} is encrypted: {name} has to name the key")
        return cls()

    @property
    def encrypts(self) -> bool:
        """Whether what is new is encrypted."""
        return self._ring is not None

    def create(self, folder: Path, suffix: str) -> IO[bytes]:
        """A new file for a film that is being received, with a name of its own; no byte is on the disk in clear."""
        file = NamedTemporaryFile(mode="wb", dir=folder, suffix=suffix, delete=False)  # noqa: SIM115 - who writes closes
        if not self._ring:
            return cast(IO[bytes], file)
        slot, key_id, key = self._ring.new(INCOMING, durable=False)
        return cast(IO[bytes], form.Writer(cast(BinaryIO, file), file.name, Header.new(key_id, slot), key))

    def adopt(self, received: Path, film: str) -> None:
        """A film was received: from now on its file's key is the film's, and survives a crash. Raises as open."""
        if self._ring:
            header = _header(received)
            if header is None:
                raise DamagedError("a film was received in clear")
            self._ring.adopt(header.slot, header.key_id, film)

    def drop(self, received: Path) -> None:
        """Remove a file that was received, or is being, and its key where no film has it."""
        header = None
        with contextlib.suppress(FileNotFoundError, DamagedError):  # a crash may have cut its begin off
            header = _header(received) if self._ring else None
        received.unlink(missing_ok=True)
        if self._ring and header:
            self._ring.drop(header.slot, header.key_id)

    def seal(self, film: str, data: bytes) -> bytes:
        """What is to be written of a film; its key, where it is new, is on the disk when this returns."""
        if not self._ring:
            return data
        slot, key_id, key = self._ring.known(film) or self._ring.new(film)
        sealed = BytesIO()
        writer = form.Writer(sealed, film, Header.new(key_id, slot), key)
        writer.write(data)
        writer.finish()
        return sealed.getvalue()

    def unseal(self, data: bytes, film: str) -> bytes:
        """What seal was given; what is not sealed, as it is. Raises as open."""
        header = Header.parsed(data[:HEADER_BYTES]) if self._ring else None
        if header is None:
            return data
        chunks = form.FilmChunks(header, self._key(header, film))
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
        return form.opened(file, lambda header: self._key(header, film)) if self._ring else file

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
        return self._ring is not None and form.is_sealed(path)

    def forget(self, films: Iterable[str]) -> int:
        """Destroy films' keys: what is left of their files, wherever, is noise from now on; how many keys."""
        return self._ring.forget(films) if self._ring else 0

    def sweep(self, there: Iterable[str]) -> int:
        """Destroy keys of films of which nothing has been there for hours; how many."""
        return self._ring.sweep(there) if self._ring else 0

    def clear_incoming(self) -> None:
        """Destroy keys of what was being received: to be called at the start."""
        if self._ring:
            self._ring.clear_incoming()

    def rekey(self) -> int:
        """Wrap all films' keys by the first key-encryption key; how many were wrapped by another one.

        It may be called while others write, and again where it was interrupted.

        Raises:
            NoKeyError: nothing is encrypted, or the keys cannot be read.
            LockedError: the key that some are wrapped by is not given any more.
        """
        if not self._ring:
            raise NoKeyError("nothing is encrypted: no key is named")
        return self._ring.rekey()

    def _key(self, header: Header, film: str | None) -> bytes:
        return cast(Ring, self._ring).key(header.slot, header.key_id, film)


def _header(path: Path) -> Header | None:
    with path.open("rb") as file:
        return Header.parsed(file.read(HEADER_BYTES))

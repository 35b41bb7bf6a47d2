"""What a sealed file looks like: a header, and chunks that are encrypted and authenticated, each by itself.

As Tink's streaming AEAD does it (AES-GCM-HKDF): film's key and file's own salt give a key for this file alone
(HKDF-SHA256, RFC 5869); any chunk (AES-256-GCM) can be read alone.
"""

import io
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from typing_extensions import Buffer

from erasure.sealed.chunks import TAG_BYTES, Chunks, ChunkWriter
from erasure.sealed.errors import DamagedError
from erasure.sealed.kek import KEY_BYTES
from erasure.sealed.keys import KEY_ID_BYTES

MAGIC = b"cxr cascade sealed film 1\n"
SLOT_BYTES, SALT_BYTES = 8, 32
CHUNK_BYTES = 1 << 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
HEADER_BYTES = len(MAGIC) + KEY_ID_BYTES + SLOT_BYTES + SALT_BYTES

DAMAGED = "a file was changed or cut short on the disk"


@dataclass(frozen=True)
class Header:
    """Of a file: which key it is encrypted with, and where that is kept."""

    key_id: bytes
    slot: int
    salt: bytes

    @classmethod
    def new(cls, key_id: bytes, slot: int) -> Self:
        """Of a new file."""
        return cls(key_id, slot, secrets.token_bytes(SALT_BYTES))

    @classmethod
    def parsed(cls, start: bytes) -> Self | None:
        """Of a file's first HEADER_BYTES bytes; None where it is not sealed. Raises DamagedError."""
        if not start.startswith(MAGIC):
            return None
        if len(start) < HEADER_BYTES:
            raise DamagedError(DAMAGED)
        key_id, rest = start[len(MAGIC) :][:KEY_ID_BYTES], start[len(MAGIC) + KEY_ID_BYTES :]
        return cls(key_id, int.from_bytes(rest[:SLOT_BYTES], "big"), rest[SLOT_BYTES:][:SALT_BYTES])

    def bytes(self) -> bytes:
        """As it is written."""
        return MAGIC + self.key_id + self.slot.to_bytes(SLOT_BYTES, "big") + self.salt


class FilmChunks(Chunks):
    """Those of one file."""

    def __init__(self, header: Header, film_key: bytes) -> None:
        key = HKDF(SHA256(), KEY_BYTES, header.salt, MAGIC).derive(film_key)
        super().__init__(AESGCM(key), header.bytes())

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        """What was encrypted. Raises DamagedError."""
        try:
            return super().open(number, last, sealed)
        except InvalidTag:
            raise DamagedError(DAMAGED) from None


class Writer(ChunkWriter):
    """A file while it is written; whole when it is closed. As a temporary file of the standard library is one."""

    def __init__(self, file: BinaryIO, name: str, header: Header, film_key: bytes) -> None:
        """Into an empty file, which is closed with this one."""
        super().__init__(file, FilmChunks(header, film_key), CHUNK_BYTES)
        self.name, self._file = name, file
        file.write(header.bytes())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def file(self) -> Self:
        """As temporary files have it."""
        return self

    def flush(self) -> None:
        """What makes no whole chunk yet stays in memory."""

    def close(self) -> None:
        """Write the last chunk."""
        if not self._file.closed:
            try:
                self.finish()
            finally:
                self._file.close()


class Reader(io.RawIOBase):
    """A sealed file, to be read from any place; closes the other one with itself."""

    def __init__(self, file: BinaryIO, size: int, chunks: FilmChunks) -> None:
        """Of a file of so many bytes."""
        self._file, self._chunks = file, chunks
        self._length = plain_size(size)
        self._last = max(0, -(-(size - HEADER_BYTES) // SEALED_CHUNK_BYTES) - 1)
        self._at, self._held, self._chunk = 0, -1, b""

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def seekable(self) -> bool:
        """Chunks are read by their number."""
        return True

    def fileno(self) -> int:
        """Of the file, for its times."""
        return self._file.fileno()

    def tell(self) -> int:
        """Where the next byte is."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As any file's."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def readinto(self, buffer: Buffer, /) -> int:
        """As any file's. Raises DamagedError."""
        target = memoryview(buffer).cast("B")
        number, offset = divmod(self._at, CHUNK_BYTES)
        if number > self._last:
            return 0
        part = self._read(number)[offset : offset + len(target)]
        target[: len(part)] = part
        self._at += len(part)
        return len(part)

    def close(self) -> None:
        """The other one, too."""
        self._file.close()
        super().close()

    def _read(self, number: int) -> bytes:
        if number != self._held:
            self._file.seek(HEADER_BYTES + number * SEALED_CHUNK_BYTES)
            sealed = self._file.read(SEALED_CHUNK_BYTES)
            self._chunk, self._held = self._chunks.open(number, number == self._last, sealed), number
        return self._chunk


def plain_size(size: int) -> int:
    """Bytes of what is in a sealed file of that many."""
    chunks = -(-(size - HEADER_BYTES) // SEALED_CHUNK_BYTES)
    return max(0, size - HEADER_BYTES - chunks * TAG_BYTES)


def is_sealed(path: Path) -> bool:
    """Whether a file is sealed."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


KeyOf = Callable[[Header], bytes]
"""Finds a file's film's key."""


def opened(file: BinaryIO, key_of: KeyOf) -> BinaryIO:
    """What is in a file: decrypted where it is sealed, else itself. Raises as key_of, after the file is closed."""
    try:
        header = Header.parsed(file.read(HEADER_BYTES))
        file.seek(0)
        if header is None:
            return file
        reader = Reader(file, os.fstat(file.fileno()).st_size, FilmChunks(header, key_of(header)))
        return io.BufferedReader(reader, CHUNK_BYTES)
    except BaseException:
        file.close()
        raise

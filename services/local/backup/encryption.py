"""A backup in chunks that are encrypted and authenticated, for who has a passphrase or a private key.

As age does it: ChaCha20-Poly1305 (RFC 8439) under a key of this archive alone: of the passphrase by scrypt (RFC 7914),
or by X25519 (RFC 7748) with a key pair made for it, and HKDF-SHA256 (RFC 5869). Who makes backups for a public key
cannot read them.
"""

import io
import os
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from typing_extensions import Buffer

from erasure.sealed.chunks import TAG_BYTES, Chunks, ChunkWriter
from local.errors import BackupError

MAGIC = b"cxr-cascade encrypted backup 1\n"
BY_PASSPHRASE, BY_KEY = b"P", b"K"
SHARE_BYTES = 32
"""Of the salt, or of the public key of the pair that was made for one archive."""
CHUNK_BYTES = 1 << 20
LEAST_CHARACTERS = 16
"""Of a passphrase: one who has the archive can try as many as they like."""
SCRYPT = {"n": 2**17, "r": 8, "p": 1}
"""128 MiB. Source: OWASP's Password Storage Cheat Sheet."""


class Encrypted(io.RawIOBase):
    """Writes into another file, encrypted; to be closed, which leaves the other open."""

    def __init__(self, sink: BinaryIO, key_file: Path) -> None:
        """For who has the passphrase of a file, or the other half of the public key (PEM, X25519) in it.

        Raises:
            BackupError: there is neither.
        """
        kind, share, key = _for_writing(_read(key_file), key_file)
        header = MAGIC + kind + share
        self._writer = ChunkWriter(sink, Chunks(ChaCha20Poly1305(key), header), CHUNK_BYTES)
        sink.write(header)

    def writable(self) -> bool:
        """It is for nothing else."""
        return True

    def tell(self) -> int:
        """Bytes that were written, before encryption."""
        return self._writer.tell()

    def write(self, data: Buffer, /) -> int:
        """As any file's."""
        return self._writer.write(data)

    def close(self) -> None:
        """Write the last chunk."""
        if not self.closed:
            self._writer.finish()
        super().close()


class Decrypted(io.RawIOBase):
    """Reads what Encrypted wrote."""

    def __init__(self, source: BinaryIO, key_file: Path) -> None:
        """Of a file, of which MAGIC is read already.

        Raises:
            BackupError: the file with passphrase or private key holds none, or the wrong one of both.
        """
        kind, share = source.read(1), source.read(SHARE_BYTES)
        key = _for_reading(kind, share, _read(key_file), key_file)
        self._chunks = Chunks(ChaCha20Poly1305(key), MAGIC + kind + share)
        self._source, self._number, self._rest, self._ended = source, 0, memoryview(b""), False
        self._next = source.read(CHUNK_BYTES + TAG_BYTES)

    def readable(self) -> bool:
        """It is for nothing else."""
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """As any file's.

        Raises:
            BackupError: it was changed or cut short, or is another's.
        """
        if not self._rest and not self._ended:
            self._rest = memoryview(self._chunk())
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def _chunk(self) -> bytes:
        chunk, self._next = self._next, self._source.read(CHUNK_BYTES + TAG_BYTES)
        self._ended = not self._next
        try:
            data = self._chunks.open(self._number, self._ended, chunk)
        except InvalidTag as error:
            wrong = "the passphrase or key is another" if self._number == 0 else "it was cut short"
            raise BackupError(f"The backup cannot be decrypted: it was changed, or {wrong}.") from error
        self._number += 1
        return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise BackupError(f"{path}: {error.strerror}: it should hold a passphrase or a key.") from error


def _for_writing(text: bytes, path: Path) -> tuple[bytes, bytes, bytes]:
    """Kind, share and key of a new archive."""
    if not text.startswith(b"-----BEGIN"):
        salt = os.urandom(SHARE_BYTES)
        return BY_PASSPHRASE, salt, _of_passphrase(text, salt, path)
    try:
        receiver = serialization.load_pem_public_key(text)
    except ValueError as error:
        raise BackupError(f"{path} is neither a passphrase nor a public key (X25519, PEM).") from error
    if not isinstance(receiver, X25519PublicKey):
        raise BackupError(f"{path} is another kind of key: `openssl genpkey -algorithm x25519` makes the right one.")
    own = X25519PrivateKey.generate()
    share = own.public_key().public_bytes_raw()
    return BY_KEY, share, _of_exchange(own.exchange(receiver), share + receiver.public_bytes_raw())


def _for_reading(kind: bytes, share: bytes, text: bytes, path: Path) -> bytes:
    if kind == BY_PASSPHRASE:
        return _of_passphrase(text, share, path)
    try:
        private = serialization.load_pem_private_key(text, password=None)
        if not isinstance(private, X25519PrivateKey):
            raise TypeError("another kind of key")
        exchanged = private.exchange(X25519PublicKey.from_public_bytes(share))
    except (ValueError, TypeError) as error:
        raise BackupError(f"The backup is for the owner of a key, and {path} is no private key of X25519.") from error
    return _of_exchange(exchanged, share + private.public_key().public_bytes_raw())


def _of_passphrase(text: bytes, salt: bytes, path: Path) -> bytes:
    if len(text) < LEAST_CHARACTERS:
        raise BackupError(f"{path} should hold a passphrase of at least {LEAST_CHARACTERS} characters.")
    return Scrypt(salt=salt, length=32, **SCRYPT).derive(text)


def _of_exchange(shared: bytes, both: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=both, info=MAGIC).derive(shared)

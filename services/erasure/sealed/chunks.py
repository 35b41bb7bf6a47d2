"""A stream of bytes in chunks that are encrypted and authenticated, each by itself.

STREAM, Hoang and others, CRYPTO 2015: each chunk has its number and whether it is the last one in its nonce, so none
can be changed, moved, left out or cut off without notice. Whatever the cipher, and however its key was found: no two
streams may have the same one.
"""

from typing import BinaryIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from typing_extensions import Buffer

TAG_BYTES = 16
"""What a chunk grows by. Source: RFC 5116, 5.1; RFC 8439, 2.8."""


class Chunks:
    """Encrypts and decrypts those of one stream; numbers are from 0."""

    def __init__(self, cipher: AESGCM | ChaCha20Poly1305, header: bytes) -> None:
        """With the stream's own key; the header, which is in clear before the chunks, is authenticated with each."""
        self._cipher, self._header = cipher, header

    def seal(self, number: int, last: bool, data: bytes) -> bytes:
        """One, encrypted."""
        return self._cipher.encrypt(_nonce(number, last), data, self._header)

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        """What was encrypted. Raises InvalidTag."""
        return self._cipher.decrypt(_nonce(number, last), sealed, self._header)


class ChunkWriter:
    """Writes a stream into a file, which is whole when this is finished."""

    def __init__(self, sink: BinaryIO, chunks: Chunks, chunk_bytes: int) -> None:
        """Into a file that has the header, in chunks of so many bytes before encryption."""
        self._sink, self._chunks, self._chunk_bytes = sink, chunks, chunk_bytes
        self._buffer, self._number = bytearray(), 0

    def write(self, data: Buffer, /) -> int:
        """More of it."""
        view = memoryview(data)
        self._buffer += view
        while len(self._buffer) > self._chunk_bytes:  # the last one, which may be full, waits for finish
            self._put(bytes(self._buffer[: self._chunk_bytes]), last=False)
            del self._buffer[: self._chunk_bytes]
        return view.nbytes

    def tell(self) -> int:
        """Bytes that were written, before encryption."""
        return self._number * self._chunk_bytes + len(self._buffer)

    def finish(self) -> None:
        """Write the last chunk, and leave the file open."""
        self._put(bytes(self._buffer), last=True)

    def _put(self, chunk: bytes, last: bool) -> None:
        self._sink.write(self._chunks.seal(self._number, last, chunk))
        self._number += 1


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])

"""From an HTTP request to the file of one film."""

import hashlib
from collections.abc import AsyncIterator

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cxr.errors import MalformedError, TooLargeError
from doors.multipart import LINE_ENDS, Preamble
from doors.uploads import unpacking
from gateway.http.buffers import Buffers
from imaging.file import File, kind_of
from imaging.media_types import media_type

FORM_OVERHEAD_BYTES = 64 * 1024
"""What a form may hold beside the file."""

MAX_FIELDS = 100
"""Of a form, beside the file; nobody reads them, and all of them are within FORM_OVERHEAD_BYTES."""


class MemoryParser(MultiPartParser):
    """Keeps the file in memory: a film is patient data and is never spooled to a disk."""

    spool_max_size = 2**62


async def receive(request: Request, buffers: Buffers, max_bytes: int, timeout_s: float) -> File:
    """The film in a request: its body, or the part named file of a form.

    Raises:
        MalformedError: no file, more than one, or the client went away or was too slow.
        TooLargeError: more than max_bytes.
        UnsupportedTypeError: neither DICOM, PNG nor JPEG, or not what Content-Type says.
        UnsupportedCodingError: a Content-Encoding that is not taken.
        OverloadedError: too many bytes are being received already.
    """
    declared = request.headers.get("content-type", "")
    form = media_type(declared) == "multipart/form-data"
    body, digest = await _body(request, buffers, max_bytes + FORM_OVERHEAD_BYTES * form, timeout_s)
    if form:
        (body, declared), digest = await _part(request, body), b""
    if not body:
        raise MalformedError("the request has no file in it")
    if len(body) > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
    return File(body, kind_of(body, declared), digest)


async def _body(request: Request, buffers: Buffers, max_bytes: int, timeout_s: float) -> tuple[bytes, bytes]:
    """The whole body of a request, without its Content-Encoding; and its SHA-256.

    Raises:
        MalformedError: the client went away or was too slow, or packed it badly.
        TooLargeError: more than max_bytes.
        UnsupportedCodingError: a Content-Encoding that is not taken.
        OverloadedError: too many bytes are being received already.
    """
    pieces: list[bytes] = []
    digest = hashlib.sha256()
    with buffers.upload() as upload:
        async for piece in unpacking(request, timeout_s, max_bytes):
            upload.hold(len(piece))
            pieces.append(piece)
            digest.update(piece)  # while the rest is on its way
        return b"".join(pieces), digest.digest()


async def _part(request: Request, body: bytes) -> tuple[bytes, str]:
    """The file of a form, and the type of its part.

    Raises:
        MalformedError: no form, none or more than one file in it, or more than MAX_FIELDS fields.
    """
    _, options = parse_options_header(request.headers["content-type"])
    if not options.get(b"boundary"):
        raise MalformedError("Content-Type names no boundary")

    async def stream() -> AsyncIterator[bytes]:
        yield Preamble(options[b"boundary"]).skip(body)

    parser = MemoryParser(request.headers, stream(), max_files=1, max_fields=MAX_FIELDS)  # type: ignore[arg-type]
    try:
        form = await parser.parse()
    except (MultiPartException, UnicodeDecodeError) as error:
        raise MalformedError(f"not a form with one file and at most {MAX_FIELDS} fields; {LINE_ENDS}") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise MalformedError("the form has no part named file with a file in it")
        return await file.read(), file.content_type or ""
    finally:
        await form.close()

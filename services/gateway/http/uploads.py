"""From an HTTP request to the file of one film."""

from collections.abc import AsyncIterator

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cxr.errors import MalformedError, TooLargeError
from doors.uploads import arriving
from gateway.http.buffers import Buffers
from imaging.file import File, kind_of

FORM_OVERHEAD_BYTES = 64 * 1024
"""What a form may hold beside the file."""


class MemoryParser(MultiPartParser):
    """Keeps the file in memory: a film is patient data and is never spooled to a disk."""

    spool_max_size = 2**62


async def receive(request: Request, buffers: Buffers, max_bytes: int, timeout_s: float) -> File:
    """The film in a request: its body, or the part named file of a form.

    Raises:
        MalformedError: no file, more than one, or the client went away or was too slow.
        TooLargeError: more than max_bytes.
        UnsupportedTypeError: neither DICOM, PNG nor JPEG, or not what Content-Type says.
        OverloadedError: too many bytes are being received already.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = declared == "multipart/form-data"
    body = await _body(request, buffers, max_bytes + FORM_OVERHEAD_BYTES * form, timeout_s)
    if form:
        body, declared = await _part(request, body)
    if not body:
        raise MalformedError("the request has no file in it")
    if len(body) > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
    return File(body, kind_of(body, declared))


async def _body(request: Request, buffers: Buffers, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body of a request.

    Raises:
        MalformedError: the client went away or was too slow.
        TooLargeError: more than max_bytes.
        OverloadedError: too many bytes are being received already.
    """
    pieces: list[bytes] = []
    with buffers.upload() as upload:
        async for piece in arriving(request, timeout_s, max_bytes):
            upload.hold(len(piece))
            pieces.append(piece)
        return b"".join(pieces)


async def _part(request: Request, body: bytes) -> tuple[bytes, str]:
    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        form = await MemoryParser(request.headers, stream(), max_files=1, max_fields=8).parse()  # type: ignore[arg-type]
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise MalformedError("the form cannot be read, or has more than one file") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise MalformedError("the form has no part named file with a file in it")
        return await file.read(), (file.content_type or "").lower()
    finally:
        await form.close()

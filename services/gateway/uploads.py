"""From an HTTP request to the bytes of one film and what kind of file they are."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from pydicom import Dataset
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from cxr.dicom import read_radiograph
from cxr.errors import MalformedError, TooLargeError, UnsupportedTypeError
from cxr.part10 import is_part10
from cxr.picture import read_picture
from cxr.radiograph import Radiograph
from gateway.buffers import Buffers

Kind = Literal["application/dicom", "image/png", "image/jpeg"]

UNDECLARED = ("", "application/octet-stream")
FORM_OVERHEAD_BYTES = 64 * 1024
"""What a form may hold beside the file."""


@dataclass(frozen=True)
class File:
    """One uploaded file."""

    data: bytes
    kind: Kind

    def read(self, max_pixels: int) -> tuple[Radiograph, Dataset | None]:
        """The radiograph, and for a DICOM file its data set, which stays in the gateway.

        Raises:
            InputError: no radiograph can be read from it.
        """
        if self.kind == "application/dicom":
            return read_radiograph(self.data, max_pixels)
        return read_picture(self.data, max_pixels), None


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
    body = await read_body(request, buffers, max_bytes + FORM_OVERHEAD_BYTES * form, timeout_s)
    if form:
        body, declared = await _part(request, body)
    if not body:
        raise MalformedError("the request has no file in it")
    if len(body) > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
    return File(body, kind_of(body, declared))


def kind_of(data: bytes, declared: str) -> Kind:
    """What kind of file it is, by its first bytes, which Content-Type must not contradict.

    Raises:
        UnsupportedTypeError: another kind, or not the declared one.

    Source:
        cxr.part10 (DICOM); PNG specification, 5.2; JPEG: ITU-T T.81, B.1.1.3.
    """
    kind: Kind
    if is_part10(data):
        kind = "application/dicom"
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "image/png"
    elif data.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg"
    else:
        raise UnsupportedTypeError("not a DICOM, PNG or JPEG file")
    if declared not in (*UNDECLARED, kind):
        raise UnsupportedTypeError(f"the file is {kind}, but Content-Type says something else")
    return kind


async def read_body(request: Request, buffers: Buffers, max_bytes: int, timeout_s: float) -> bytes:
    """The whole body of a request.

    Raises:
        MalformedError: the client went away or was too slow.
        TooLargeError: more than max_bytes.
        OverloadedError: too many bytes are being received already.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await _body(request, buffers, max_bytes)
    except (TimeoutError, ClientDisconnect) as error:
        raise MalformedError("the upload did not arrive whole") from error


async def _body(request: Request, buffers: Buffers, max_bytes: int) -> bytes:
    if int(request.headers.get("content-length") or 0) > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
    chunks: list[bytes] = []
    with buffers.upload() as upload:
        async for chunk in request.stream():
            upload.hold(len(chunk))
            chunks.append(chunk)
            if upload.held > max_bytes:
                raise TooLargeError(f"more than {max_bytes} bytes")
        return b"".join(chunks)


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

"""multipart/related bodies (RFC 2387) to their parts, as DICOMweb sends them, while they come."""

from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from cxr.errors import MalformedError, TooLargeError, UnsupportedTypeError
from doors.multipart import LINE_ENDS, Preamble
from imaging.media_types import KINDS, UNDECLARED, media_type

DICOM = "application/dicom"

WANTED = f'multipart/related; type="{DICOM}" is wanted'

MAX_FIELDS, MAX_LINE_BYTES = 16, 4096
"""Of a part's header. Source: PS3.18, 8.6.1.2.1, names three fields; proxies and mail libraries add some."""

MAX_HEADERS_BYTES = 1024 * 1024
"""Of all parts' headers together, which are read byte by byte. Source: 500 bytes for each of 2,000 parts."""


class Parts(Protocol):
    """Takes the parts of a body, one after the other."""

    def begin(self) -> None:
        """A part begins."""

    def write(self, data: bytes) -> None:
        """More of it."""

    def end(self) -> None:
        """It is whole."""


class Body(Protocol):
    """Is fed with a body, piece by piece."""

    def feed(self, piece: bytes) -> None:
        """More of it."""

    def finish(self) -> None:
        """That was all."""


def body_of(content_type: str, parts: Parts) -> Body:
    """A body of multipart/related with parts of application/dicom; or of one part where it is one DICOM file.

    Parts are taken under the other names of application/dicom too, and without one: what is in them tells what they
    are. Upper and lower case of types mean nothing (RFC 2045, 5.1), nor do their parameters.

    Its methods raise as this does.

    Raises:
        UnsupportedTypeError: another type, of the request or of a part.
        MalformedError: no boundary, a body that does not follow it to its end, or a part with too large a header.
        TooLargeError: too many headers in all, or what parts raises.
    """
    kind, options = parse_options_header(content_type)
    if KINDS.get(kind.decode("latin-1")) == DICOM:
        return _Single(parts)
    if kind != b"multipart/related" or not _may_be_dicom(options.get(b"type", b"")):
        raise UnsupportedTypeError(WANTED)
    if not options.get(b"boundary"):
        raise MalformedError("Content-Type names no boundary")
    return _Related(options[b"boundary"], parts)


class _Single:
    """One DICOM file."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._parts.begin()

    def feed(self, piece: bytes) -> None:
        self._parts.write(piece)

    def finish(self) -> None:
        self._parts.end()


class _Related:
    """Several, with a boundary between them."""

    def __init__(self, boundary: bytes, parts: Parts) -> None:
        self._name, self._value = bytearray(), bytearray()
        self._ended = False
        self._headers_bytes = 0
        self._preamble = Preamble(boundary)
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": parts.begin,
                    "on_part_data": lambda data, start, end: parts.write(data[start:end]),
                    "on_part_end": parts.end,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_end": self._end,
                },
                max_header_count=MAX_FIELDS,
                max_header_size=MAX_LINE_BYTES,
            )
        except FormParserError as error:
            raise MalformedError("the boundary is too long") from error

    def feed(self, piece: bytes) -> None:
        try:
            self._parser.write(self._preamble.skip(piece))
        except FormParserError as error:
            raise MalformedError(f"the parts cannot be told apart, or a header is too large; {LINE_ENDS}") from error

    def finish(self) -> None:
        if not self._ended:
            raise MalformedError(f"the last part does not end, or none begins; {LINE_ENDS}")

    def _end_header(self) -> None:
        self._headers_bytes += len(self._name) + len(self._value)
        if self._headers_bytes > MAX_HEADERS_BYTES:
            raise TooLargeError(f"more than {MAX_HEADERS_BYTES} bytes of parts' headers")
        if self._name.lower() == b"content-type" and not _may_be_dicom(bytes(self._value)):
            raise UnsupportedTypeError("a part is not application/dicom")
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self._ended = True


def _may_be_dicom(declared: bytes) -> bool:
    name = media_type(declared.decode("latin-1"))
    return KINDS.get(name) == DICOM or name in UNDECLARED

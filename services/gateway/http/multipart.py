"""multipart/related bodies (RFC 2387) to their parts, as DICOMweb sends them."""

from collections.abc import Iterator

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from cxr.errors import MalformedError, UnsupportedTypeError

DICOM = b"application/dicom"


def parts(content_type: str, body: bytes) -> Iterator[bytes]:
    """The parts of a multipart/related body of type application/dicom; or the body itself where it is one DICOM file.

    Raises:
        UnsupportedTypeError: another type, of the request or of a part.
        MalformedError: no boundary, or a body that does not follow it to its end.
    """
    kind, options = parse_options_header(content_type)
    if kind == DICOM:
        yield body
        return
    if kind != b"multipart/related" or options.get(b"type", DICOM) != DICOM:
        raise UnsupportedTypeError('multipart/related; type="application/dicom" is wanted')
    if not options.get(b"boundary"):
        raise MalformedError("Content-Type names no boundary")
    yield from _Collector().collect(options[b"boundary"], body)


class _Collector:
    """Collects what the parser reports."""

    def __init__(self) -> None:
        self._found: list[bytes] = []
        self._data = bytearray()
        self._name, self._value = bytearray(), bytearray()
        self._ended = False

    def collect(self, boundary: bytes, body: bytes) -> list[bytes]:
        """The parts, in order."""
        parser = MultipartParser(
            boundary,
            {
                "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
                "on_part_end": self._end_part,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_end": self._end,
            },
        )
        try:
            parser.write(body)
            parser.finalize()
        except MultipartParseError as error:
            raise MalformedError("the parts cannot be told apart") from error
        if not self._ended:
            raise MalformedError("the last part does not end")
        return self._found

    def _end_header(self) -> None:
        if self._name.lower() == b"content-type" and parse_options_header(bytes(self._value))[0] != DICOM:
            raise UnsupportedTypeError("a part is not application/dicom")
        self._name.clear()
        self._value.clear()

    def _end_part(self) -> None:
        self._found.append(bytes(self._data))
        self._data.clear()

    def _end(self) -> None:
        self._ended = True

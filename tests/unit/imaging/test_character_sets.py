"""Names as films have them. Bytes are those of PS3.5, annexes H to K, or made by Python's own codecs."""

import struct
import warnings

import pytest

from imaging.header import header, pack, unpack
from imaging.part10 import read_header, read_part10
from tests import films

KOREAN = "Hong^Gildong=洪^吉洞=홍^길동"
ESCAPED_KOREAN = (
    b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"  # PS3.5, I.2
)
JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"
ESCAPED_JAPANESE = (
    b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B"  # PS3.5, H.3, example 1
)
CHINESE = "Wang^XiaoDong=王^小东"
GERMAN = "Müller^Zoë"

NAMES = {
    "ISO_IR 149": ("김귀순", "김귀순".encode("euc-kr")),
    "ISO_IR 149 with escapes": (KOREAN, ESCAPED_KOREAN),
    "ISO 2022 IR 149": ("김귀순", "김귀순".encode("euc-kr")),
    "\\ISO 2022 IR 149": (KOREAN, ESCAPED_KOREAN),
    "\\ISO_IR 149": (KOREAN, ESCAPED_KOREAN),
    "ISO_IR 87": (JAPANESE, ESCAPED_JAPANESE),
    "\\ISO 2022 IR 87": (JAPANESE, ESCAPED_JAPANESE),
    "\\ISO-IR 87": (JAPANESE, ESCAPED_JAPANESE),
    "ISO_IR 192": (CHINESE, CHINESE.encode()),
    "ISO 2022 IR 192": (CHINESE, CHINESE.encode()),
    "iso_ir 192": (CHINESE, CHINESE.encode()),
    "GB18030": (CHINESE, CHINESE.encode("gb18030")),
    "ISO_IR 100 in UTF-8": (CHINESE, CHINESE.encode()),
    "ISO_IR 6 in UTF-8": (GERMAN, GERMAN.encode()),
    " in UTF-8": (GERMAN, GERMAN.encode()),
    "ISO_IR 100": (GERMAN, GERMAN.encode("latin-1")),
    "ISO-IR 100": (GERMAN, GERMAN.encode("latin-1")),
    "iso ir 100": (GERMAN, GERMAN.encode("latin-1")),
    "": (GERMAN, GERMAN.encode("latin-1")),
    "ISO_IR 144": ("Люксембург", "Люксембург".encode("iso8859-5")),
    "ISO_IR 166": ("รถ", "รถ".encode("iso8859-11")),
}


def film(charset: str, name: bytes) -> bytes:
    """A film that says that it has this character set, and has this name."""
    whole = films.dicom(PatientName="Q" * 10, SpecificCharacterSet="ISO_IR 100")
    said = charset.partition(" in UTF-8")[0].partition(" with")[0].encode()
    for before, now in ((b"\x10\0PN\x0a\0" + b"Q" * 10, name), (b"\x05\0CS\x0a\0ISO_IR 100", said)):
        value = now + b" " * (len(now) % 2)
        assert before in whole
        whole = whole.replace(before, before[:4] + struct.pack("<H", len(value)) + value)
    return whole


@pytest.mark.parametrize("read", [read_header, lambda data: read_part10(data, 1_000_000)], ids=["header", "whole"])
@pytest.mark.parametrize("charset", NAMES)
def test_name_is_read_as_a_person_would_whatever_the_character_set_is_called(charset, read):
    name, written = NAMES[charset]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's own word on what is misspelt
        known = unpack(pack(header(read(film(charset, written)))))

    assert str(known.PatientName) == name
    assert known.SpecificCharacterSet == "ISO_IR 192"


def test_bytes_that_are_no_utf_8_are_not_taken_for_it_because_others_are():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        known = header(read_header(film("ISO_IR 100", "Zoë".encode() + "Müller".encode("latin-1"))))

    assert "Müller" in str(known.PatientName)

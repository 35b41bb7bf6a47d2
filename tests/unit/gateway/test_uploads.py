import struct

import pytest

from cxr.errors import UnsupportedTypeError
from imaging.file import kind_of
from tests import films

WHOLE = films.dicom()
(LENGTH,) = struct.unpack_from("<I", WHOLE, 140)
DICOM = {"whole": WHOLE, "without preamble": WHOLE[132:], "without file meta information": WHOLE[144 + LENGTH :]}


@pytest.mark.parametrize("declared", ["application/dicom", "application/octet-stream", ""])
@pytest.mark.parametrize("data", DICOM.values(), ids=DICOM)
def test_dicom_file_is_told_by_its_first_bytes(data, declared):
    assert kind_of(data, declared) == "application/dicom"


@pytest.mark.parametrize(("data", "kind"), [(films.png(), "image/png"), (films.jpeg(), "image/jpeg")])
def test_picture_is_told_by_its_first_bytes(data, kind):
    assert kind_of(data, kind) == kind_of(data, "") == kind


@pytest.mark.parametrize("data", DICOM.values(), ids=DICOM)
def test_dicom_file_declared_as_a_picture_is_refused(data):
    with pytest.raises(UnsupportedTypeError, match="the file is application/dicom"):
        kind_of(data, "image/png")


@pytest.mark.parametrize("data", [films.png(), b"hello, this is text", bytes(1000), b"\x08\0\x05\0"])
def test_what_is_no_dicom_file_is_not_taken_for_one_because_it_says_so(data):
    with pytest.raises(UnsupportedTypeError):
        kind_of(data, "application/dicom")

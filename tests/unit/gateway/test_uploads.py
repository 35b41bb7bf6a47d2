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


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (WHOLE, "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"),
        (WHOLE, "Application/DICOM ; charset=utf-8"),
        *((WHOLE, name) for name in ("application/x-dicom", "image/dicom", "image/x-dicom", "application/dcm")),
        (films.jpeg(), "image/jpeg; charset=UTF-8"),
        *((films.jpeg(), name) for name in ("image/jpg", "image/pjpeg", "IMAGE/JPG", "image/x-jpeg")),
        (films.png(), "image/x-png"),
    ],
)
def test_a_type_is_known_with_parameters_in_any_case_and_by_its_other_names(data, declared):
    assert kind_of(data, declared) == kind_of(data, "")


@pytest.mark.parametrize(
    "declared",
    ["binary/octet-stream", "text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "image/*"],
)
@pytest.mark.parametrize("data", [WHOLE, films.png(), films.jpeg()], ids=["DICOM", "PNG", "JPEG"])
def test_what_programs_say_of_any_file_contradicts_none(data, declared):
    assert kind_of(data, declared) == kind_of(data, "")


@pytest.mark.parametrize(
    ("data", "declared", "told"),
    [
        (WHOLE, "image/jpg", "the file is application/dicom, and to be sent as such; Content-Type says image/jpg"),
        (films.png(), "image/dicom", "the file is image/png, and to be sent as such; Content-Type says image/dicom"),
        (films.png(), "application/pdf; a=b", "the file is image/png, and to be sent as such; "
         "Content-Type says application/pdf"),
        (films.png(), "Doe, Secret 1950", "the file is image/png, and to be sent as such"),
        (b"<html>", "text/html", "not a DICOM, PNG or JPEG file; Content-Type says text/html"),
        (b"<html>", "Doe, Secret 1950", "not a DICOM, PNG or JPEG file"),
    ],
)  # fmt: skip
def test_error_names_the_type_that_was_sent_and_the_one_to_send_and_nothing_that_is_no_type(data, declared, told):
    with pytest.raises(UnsupportedTypeError) as error:
        kind_of(data, declared)
    assert str(error.value) == told


@pytest.mark.parametrize("data", [films.png(), b"hello, this is text", bytes(1000), b"\x08\0\x05\0"])
def test_what_is_no_dicom_file_is_not_taken_for_one_because_it_says_so(data):
    with pytest.raises(UnsupportedTypeError):
        kind_of(data, "application/dicom")

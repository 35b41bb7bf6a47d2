import struct

import numpy as np
import pytest
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
)

from cxr import errors
from imaging.dicom import read_radiograph
from tests import films

LIMIT = 1_000_000


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_truncated_file_is_malformed(kept):
    data = films.dicom()

    with pytest.raises((errors.MalformedError, errors.UnusableRadiographError)):
        read_radiograph(data[: int(len(data) * kept)], LIMIT)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"PixelData": None}, errors.NoPixelsError, id="no pixels"),
        pytest.param({"NumberOfFrames": 2}, errors.MultiFrameError, id="two frames"),
        pytest.param({"SOPClassUID": CTImageStorage}, errors.UnusableRadiographError, id="a CT slice"),
        pytest.param({"SOPClassUID": "1.2.3"}, errors.UnusableRadiographError, id="an unknown SOP class"),
        pytest.param({"Rows": None}, errors.MalformedError, id="no rows"),
        pytest.param({"Rows": 65535, "Columns": 65535}, errors.TooLargeError, id="bomb"),
    ],
)
def test_what_is_no_radiograph_is_refused(attributes, expected):
    with pytest.raises(expected):
        read_radiograph(films.dicom(**attributes), LIMIT)


@pytest.mark.parametrize("frames", [1, None])
def test_secondary_capture_of_one_frame_is_read_whatever_its_class(frames):
    storage = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    extra = {"NumberOfFrames": frames} if frames else {}

    assert read_radiograph(films.dicom(SOPClassUID=storage, **extra), LIMIT)[0].shape == (96, 80)


def test_all_equal_pixels_are_refused():
    with pytest.raises(errors.UniformPixelsError):
        read_radiograph(films.dicom(np.full((80, 80), 7, np.uint16)), LIMIT)


def test_more_than_16_bits_a_pixel_are_refused():
    stored = films.pixels(bits=12)
    wide = films.dicom(stored, BitsAllocated=32, PixelData=stored.astype("<u4").tobytes())

    with pytest.raises(errors.UnusableRadiographError, match="32 bits"):
        read_radiograph(wide, LIMIT)


def test_a_bomb_of_a_deflated_file_is_not_inflated():
    bomb = films.dicom(TransferSyntaxUID=DeflatedExplicitVRLittleEndian, EncapsulatedDocument=bytes(200_000_000))
    assert len(bomb) < 1_000_000

    with pytest.raises(errors.TooLargeError, match="inflates"):
        read_radiograph(bomb, LIMIT)


def test_what_begins_as_no_data_set_is_not_dicom():
    for data in (films.png(), films.jpeg(), b"", b"hello, this is text", b"\0" * 1000):
        with pytest.raises(errors.UnsupportedTypeError):
            read_radiograph(data, LIMIT)


@pytest.mark.parametrize("kept", [pytest.param(132, id="file meta information"), pytest.param(None, id="data set")])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian], ids=lambda syntax: syntax.name)
def test_file_without_preamble_is_read(kept, syntax):
    whole = films.dicom(TransferSyntaxUID=syntax)
    (length,) = struct.unpack_from("<I", whole, 140)

    radiograph, _ = read_radiograph(whole[kept or 144 + length :], LIMIT)

    assert np.array_equal(radiograph.pixels, read_radiograph(whole, LIMIT)[0].pixels)


def test_no_error_names_the_patient():
    for attributes in ({"PixelData": None}, {"Rows": None}, {"NumberOfFrames": 3}):
        with pytest.raises(errors.InputError) as caught:
            read_radiograph(films.dicom(**attributes), LIMIT)
        assert "Secret" not in str(caught.value)

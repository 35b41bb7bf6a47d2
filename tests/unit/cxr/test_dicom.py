import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian

from cxr import errors
from cxr.dicom import read_radiograph
from cxr.picture import read_picture, write_png
from tests import films

LIMIT = 1_000_000


def test_without_a_window_the_full_range_is_shown():
    radiograph, _ = read_radiograph(films.dicom(), LIMIT)

    assert (radiograph.pixels.min(), radiograph.pixels.max()) == (0, 255)
    assert radiograph.display == "full range"


def test_monochrome1_is_inverted():
    plain, _ = read_radiograph(films.dicom(), LIMIT)
    inverted, _ = read_radiograph(films.dicom(PhotometricInterpretation="MONOCHROME1"), LIMIT)

    assert np.array_equal(inverted.pixels, 255 - plain.pixels)
    assert inverted.display == "full range, inverted"


def test_linear_window_follows_the_standard():
    # PS3.3, C.11.2.1.2.1: c 2048.5, w 1024 maps 2048 - 511.5 to black, 2048 + 511.5 to white, 2048 to 127.5
    stored = np.tile(np.array([0, 1536, 2048, 2559, 4095], np.uint16), (80, 20))

    radiograph, _ = read_radiograph(films.dicom(stored, WindowCenter=2048.5, WindowWidth=1024), LIMIT)

    assert radiograph.pixels[0, :5].tolist() == [0, 0, 128, 255, 255]
    assert radiograph.display == "window 2048.5/1024 linear"


def test_first_of_several_windows_is_used():
    one, _ = read_radiograph(films.dicom(WindowCenter=1000, WindowWidth=500), LIMIT)
    several, _ = read_radiograph(films.dicom(WindowCenter=[1000, 3000], WindowWidth=[500, 10]), LIMIT)

    assert np.array_equal(one.pixels, several.pixels)


def test_rescale_comes_before_the_window():
    plain, _ = read_radiograph(films.dicom(WindowCenter=2000, WindowWidth=1000), LIMIT)
    rescaled = films.dicom(RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=3000, WindowWidth=2000)

    radiograph, _ = read_radiograph(rescaled, LIMIT)

    assert np.abs(radiograph.pixels.astype(int) - plain.pixels).max() <= 1


def test_voi_lut_is_applied():
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, 12], (4095 - np.arange(4096)).astype("<u2").tobytes()

    radiograph, dataset = read_radiograph(films.dicom(VOILUTSequence=[item]), LIMIT)

    assert radiograph.display == "VOI LUT"
    assert np.abs(radiograph.pixels - (4095 - dataset.pixel_array.astype(float)) * 255 / 4095).max() <= 0.5


def test_its_png_export_is_the_same_radiograph():
    radiograph, _ = read_radiograph(films.dicom(WindowCenter=2000, WindowWidth=3000), LIMIT)

    assert np.array_equal(read_picture(write_png(radiograph.pixels), LIMIT).pixels, radiograph.pixels)


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


def test_all_equal_pixels_are_refused():
    with pytest.raises(errors.UniformPixelsError):
        read_radiograph(films.dicom(np.full((80, 80), 7, np.uint16)), LIMIT)


def test_all_pixels_outside_the_window_are_refused():
    with pytest.raises(errors.UniformPixelsError):
        read_radiograph(films.dicom(WindowCenter=60000, WindowWidth=10), LIMIT)


def test_more_than_16_bits_a_pixel_are_refused():
    stored = films.pixels(bits=12)
    wide = films.dicom(stored, BitsAllocated=32, PixelData=stored.astype("<u4").tobytes())

    with pytest.raises(errors.UnusableRadiographError, match="32 bits"):
        read_radiograph(wide, LIMIT)


def test_signed_pixels_are_shown_in_their_order():
    stored = films.pixels(bits=12).astype(np.int16) - 2048
    signed = films.dicom(stored, PixelRepresentation=1)

    radiograph, _ = read_radiograph(signed, LIMIT)

    assert np.array_equal(radiograph.pixels, read_radiograph(films.dicom(), LIMIT)[0].pixels)


def test_deflated_file_is_refused_before_it_is_inflated():
    data = films.dicom().replace(b"1.2.840.10008.1.2.1\0", DeflatedExplicitVRLittleEndian.encode() + b"\0", 1)

    with pytest.raises(errors.UnusableRadiographError, match="Deflated"):
        read_radiograph(data, LIMIT)


def test_bytes_without_the_prefix_are_not_dicom():
    with pytest.raises(errors.UnsupportedTypeError):
        read_radiograph(films.png(), LIMIT)


def test_no_error_names_the_patient():
    for attributes in ({"PixelData": None}, {"Rows": None}, {"NumberOfFrames": 3}):
        with pytest.raises(errors.InputError) as caught:
            read_radiograph(films.dicom(**attributes), LIMIT)
        assert "Secret" not in str(caught.value)

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DigitalXRayImageStorageForProcessing

from cxr import errors
from imaging.dicom import read_radiograph
from imaging.picture import read_picture, write_png
from tests import films

LIMIT = 1_000_000


def table(entries: int, bits: int, given: int) -> list[Dataset]:
    """A look-up table that says what it has, and has what is given."""
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [entries, 0, bits], np.arange(given).astype("<u2").tobytes()
    return [item]


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


def test_film_outside_its_window_is_shown_by_its_own_values_and_that_is_said():
    radiograph, _ = read_radiograph(films.dicom(WindowCenter=60000, WindowWidth=10), LIMIT)

    assert radiograph.display == "percentiles 1 to 99 instead of window 60000/10 linear"
    assert [doubt.code for doubt in radiograph.doubts] == ["display_replaced"]
    assert (radiograph.pixels.min(), radiograph.pixels.max()) == (0, 255)


def test_film_whose_pixels_are_all_alike_is_refused():
    with pytest.raises(errors.UniformPixelsError):
        read_radiograph(films.dicom(np.full((80, 80), 700, np.uint16), WindowCenter=700, WindowWidth=10), LIMIT)


def test_signed_pixels_are_shown_in_their_order():
    stored = films.pixels(bits=12).astype(np.int16) - 2048
    signed = films.dicom(stored, PixelRepresentation=1)

    radiograph, _ = read_radiograph(signed, LIMIT)

    assert np.array_equal(radiograph.pixels, read_radiograph(films.dicom(), LIMIT)[0].pixels)


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        pytest.param({"WindowCenter": 2000, "WindowWidth": 0}, "full range", id="no width"),
        pytest.param({"WindowCenter": 2000, "WindowWidth": -5}, "full range", id="negative width"),
        pytest.param({"WindowCenter": "", "WindowWidth": ""}, "full range", id="empty"),
        pytest.param({"WindowCenter": 2000}, "full range", id="no width at all"),
        pytest.param(
            {"WindowCenter": 2000, "WindowWidth": 2900, "VOILUTFunction": "CUBIC"}, "full range", id="unknown function"
        ),
        pytest.param({"WindowCenter": "nan", "WindowWidth": "nan"}, "full range", id="no numbers"),
        pytest.param({"RescaleSlope": "", "RescaleIntercept": ""}, "full range", id="empty rescale"),
        pytest.param({"VOILUTSequence": [Dataset()]}, "full range", id="empty VOI LUT"),
        pytest.param({"VOILUTSequence": table(4096, 12, 100)}, "full range", id="VOI LUT that ends early"),
        pytest.param({"VOILUTSequence": table(4096, 99, 4096)}, "VOI LUT", id="VOI LUT of 99 bits"),
        pytest.param(
            {"VOILUTSequence": table(4096, 12, 100), "WindowCenter": 2000, "WindowWidth": 2900},
            "window 2000/2900 linear",
            id="window beside a VOI LUT that ends early",
        ),
        pytest.param(
            {"WindowCenter": 2000, "WindowWidth": 2900, "VOILUTFunction": "SIGMOID"}, "window 2000/2900 sigmoid", id="s"
        ),
        pytest.param(
            {"WindowCenter": 2000, "WindowWidth": 2900, "VOILUTFunction": "LINEAR_EXACT"},
            "window 2000/2900 linear_exact",
            id="exact",
        ),
    ],
)
def test_what_cannot_be_used_of_a_window_is_left_and_the_transform_is_named(attributes, name):
    assert read_radiograph(films.dicom(**attributes), LIMIT)[0].display == name


def test_sigmoid_window_follows_the_standard():
    # PS3.3, C.11.2.1.3.1: 1 / (1 + exp(-4 (x - c) / w)) of the output range
    stored = np.tile(np.array([0, 1000, 2000, 3000, 4095], np.uint16), (80, 20))
    film = films.dicom(stored, WindowCenter=2000, WindowWidth=2000, VOILUTFunction="SIGMOID")

    shown = read_radiograph(film, LIMIT)[0].pixels[0, :5]

    expected = 255 / (1 + np.exp(-4 * (stored[0, :5].astype(float) - 2000) / 2000))
    assert np.abs(shown - expected).max() <= 1


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME1", None, True),
        ("MONOCHROME2", None, False),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),
    ],
)
def test_polarity_is_turned_once_whatever_says_so(photometric, shape, inverted):
    extra = {"PresentationLUTShape": shape} if shape else {}
    plain, _ = read_radiograph(films.dicom(), LIMIT)

    radiograph, _ = read_radiograph(films.dicom(PhotometricInterpretation=photometric, **extra), LIMIT)

    assert np.array_equal(radiograph.pixels, 255 - plain.pixels if inverted else plain.pixels)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_padding_is_black_and_does_not_count(photometric):
    stored = films.pixels(bits=12) // 2 + 500
    stored[:10] = 4095
    film = films.dicom(stored, PhotometricInterpretation=photometric, PixelPaddingValue=4095)

    radiograph, _ = read_radiograph(film, LIMIT)

    assert (radiograph.pixels[:10] == 0).all()
    assert (radiograph.pixels[10:].min(), radiograph.pixels[10:].max()) == (0, 255)
    assert radiograph.display.endswith("padding black")


def test_range_of_padding_is_black():
    stored = films.pixels(bits=12)
    film = films.dicom(stored, PixelPaddingValue=0, PixelPaddingRangeLimit=2000)

    assert (read_radiograph(film, LIMIT)[0].pixels[stored <= 2000] == 0).all()


def test_bits_beside_the_stored_ones_are_not_the_image():
    stored = films.pixels(bits=12)
    overlaid = stored | np.uint16(0xF000) * (np.arange(80) % 2).astype(np.uint16)

    assert np.array_equal(
        read_radiograph(films.dicom(overlaid), LIMIT)[0].pixels, read_radiograph(films.dicom(stored), LIMIT)[0].pixels
    )


@pytest.mark.parametrize(
    "attributes", [{"PixelSpacing": [0.2, 0.1]}, {"ImagerPixelSpacing": [0.2, 0.1]}, {"PixelAspectRatio": [2, 1]}]
)
def test_pixels_that_are_not_square_are_made_so(attributes):
    radiograph, _ = read_radiograph(films.dicom(**attributes), LIMIT)

    assert radiograph.shape == (192, 80)
    assert radiograph.display == "full range, resampled to square pixels"


@pytest.mark.parametrize("spacing", [[0.143, 0.143], [0, 0.1], [1000, 0.001], [0.1], ""])
def test_square_or_senseless_spacing_changes_nothing(spacing):
    assert read_radiograph(films.dicom(PixelSpacing=spacing), LIMIT)[0].shape == (96, 80)


def test_modality_lut_comes_before_the_window():
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, 16], (16 * np.arange(4096)).astype("<u2").tobytes()
    item.ModalityLUTType = "US"
    film = films.dicom(ModalityLUTSequence=[item], WindowCenter=32760, WindowWidth=65535)

    assert np.abs(read_radiograph(film, LIMIT)[0].pixels.astype(int) - films.pixels(bits=12) // 16).max() <= 1


@pytest.mark.parametrize("shape", [(31_250, 64), (64, 31_250), (1100, 1000)])
def test_large_film_is_shown_as_a_whole_whatever_its_shape(shape):
    stored = films.pixels(*shape, bits=12)

    shown = read_radiograph(films.dicom(stored), 2_000_000)[0].pixels

    assert np.array_equal(shown, np.rint(stored.astype(np.float32) * np.float32(255 / 4095)).astype(np.uint8))


def test_raw_detector_values_are_turned_into_what_a_screen_shows():
    dose = films.pixels(bits=12).astype(np.float64)  # more of it below
    film = films.dicom(
        SOPClassUID=DigitalXRayImageStorageForProcessing,
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=1,
    )

    radiograph, _ = read_radiograph(film, LIMIT)

    assert radiograph.display == "for processing, logarithm, percentiles 1 to 99, inverted"
    assert radiograph.pixels[dose > 3000].mean() < radiograph.pixels[dose < 500].mean()


def test_palette_and_colour_secondary_captures_become_gray():
    shown = films.pixels(bits=8).astype(np.uint8)
    colour = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
    rgb = np.repeat(shown[..., None], 3, axis=2)
    three = {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "PhotometricInterpretation": "RGB"}
    film = films.dicom(shown, PixelData=rgb.tobytes(), **three, **colour)
    table = (257 * np.arange(256)).astype("<u2").tobytes()
    luts = {f"{name}PaletteColorLookupTable{part}": [256, 0, 16] if part == "Descriptor" else table
            for name in ("Red", "Green", "Blue") for part in ("Descriptor", "Data")}  # fmt: skip
    palette = films.dicom(shown, PhotometricInterpretation="PALETTE COLOR", PixelData=shown.tobytes(), **colour, **luts)

    for data in (film, palette):
        radiograph, _ = read_radiograph(data, LIMIT)
        assert radiograph.display == "luminance"
        assert np.abs(radiograph.pixels.astype(int) - shown).max() <= 1

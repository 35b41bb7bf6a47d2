"""Headers as devices really write them: the film is read as a person would read it, whatever they say or leave out.

Right values are those of the standard, or of the same film with a clean header.
"""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.uid import ComputedRadiographyImageStorage

from imaging.contrast import readable
from imaging.dicom import read_radiograph
from imaging.header import header, pack
from imaging.picture import read_picture
from tests import films

LIMIT = 1_000_000

STORED = films.pixels(bits=12)


def shown(stored=None, **attributes):
    """The radiograph of a film with so odd a header."""
    return read_radiograph(films.dicom(stored, **attributes), LIMIT)[0]


def codes(radiograph):
    return [doubt.code for doubt in radiograph.doubts]


def difference(radiograph, other):
    """Mean, in grey levels."""
    return np.abs(radiograph.pixels.astype(int) - other.pixels).mean()


def voi_lut(bits, entries=4096, first=0, top=4095, data=None):
    item = Dataset()
    values = np.linspace(0, top, entries).round().astype("<u2")
    item.LUTDescriptor, item.LUTData = [entries, first, bits], values.tobytes() if data is None else data
    return {"VOILUTSequence": [item]}


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16, 0, 99])
def test_white_of_a_look_up_table_is_its_largest_entry_however_many_bits_it_claims(bits):
    # PS3.3, C.11.2.1.1: the third value is the bits of an entry; devices give those of the word (8 to 16) instead
    film = shown(**voi_lut(bits))

    assert film.display == "VOI LUT"
    assert difference(film, shown()) < 0.5
    assert codes(film) == []


def test_a_table_of_bytes_and_one_of_words_with_8_bits_are_told_apart_by_their_length():
    words = shown(**voi_lut(8, top=255))
    data = np.linspace(0, 255, 4096).round().astype(np.uint8).tobytes()

    assert difference(words, shown()) < 1
    assert difference(shown(**voi_lut(8, data=data)), words) < 1


@pytest.mark.parametrize("slope", [-10, -1, -0.5])
def test_a_window_comes_after_a_negative_slope(slope):
    # PS3.4, N.2: rescale, then window; PS3.3, C.11.2.1.2.1: from c - 0.5 - (w - 1) / 2 to c - 0.5 + (w - 1) / 2
    low, high = sorted((3000.0, 3000 + 4095 * slope))
    width, center = high - low + 1, (low + high) / 2 + 0.5

    film = shown(RescaleSlope=slope, RescaleIntercept=3000, WindowCenter=center, WindowWidth=width)

    assert np.abs(film.pixels.astype(int) - (255 - shown().pixels)).max() <= 1


@pytest.mark.parametrize("brightest", [65535, 30000])
def test_a_marker_that_outshines_the_film_does_not_darken_it(brightest):
    marked = STORED.copy()
    marked[:4, :4] = brightest

    film = shown(marked, bits=16)

    assert film.display == "percentiles 1 to 99 instead of full range"
    assert codes(film) == ["display_replaced"]
    assert difference(film, shown()) < 12


def test_filling_that_the_header_does_not_name_is_not_the_film():
    filled = STORED.copy()
    filled[:, :12] = 65535

    assert difference(shown(filled[:, 12:], bits=16), shown(STORED[:, 12:])) < 1
    film = shown(filled, bits=16)
    assert codes(film) == ["display_replaced"]
    assert np.abs(film.pixels[:, 12:].astype(int) - shown(STORED[:, 12:]).pixels).mean() < 12


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"WindowCenter": 60000, "WindowWidth": 100}, id="beside the film"),
        pytest.param({"WindowCenter": 0, "WindowWidth": 100000}, id="far too wide"),
        pytest.param({"WindowCenter": 2000, "WindowWidth": 2}, id="far too narrow"),
        pytest.param({"WindowCenter": 128, "WindowWidth": 256}, id="of 8 bits"),
        pytest.param(voi_lut(16, top=4095) | voi_lut(16, first=60000), id="table for other values"),
        pytest.param({"RescaleSlope": 0, "RescaleIntercept": 0}, id="slope 0"),
        pytest.param({"RescaleSlope": 1e30, "RescaleIntercept": 0, "WindowCenter": 1, "WindowWidth": 9}, id="slope"),
        pytest.param({"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4000}, id="nearly all is filling"),
    ],
)
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_whatever_a_header_says_the_film_can_be_read(header, photometric):
    film = shown(PhotometricInterpretation=photometric, **header)

    assert difference(film, shown(PhotometricInterpretation=photometric)) < 12
    assert codes(film) == ["display_replaced"] or film.display.startswith("full range")


def test_a_picture_of_16_bits_with_a_bright_marker_and_a_dark_one_of_8_bits_can_be_read():
    marked = STORED.copy()
    marked[:4, :4] = 65535
    dark = read_picture(films.png((STORED // 256).astype(np.uint8)), LIMIT)

    assert difference(read_picture(films.png(marked), LIMIT), shown()) < 12
    assert dark.display == "percentiles 1 to 99 instead of as stored"
    assert difference(dark, shown()) < 20


@pytest.mark.parametrize("shift", [1, 4])
def test_bits_that_are_stored_higher_up_are_the_same_film(shift):
    # PS3.5, 8.1.1 of editions before 2014: High Bit may be higher than Bits Stored - 1
    assert difference(shown(STORED << shift, HighBit=11 + shift), shown()) == 0


def test_signed_bits_that_are_stored_higher_up_are_the_same_film():
    signed = (STORED.astype(np.int16) - 2048) << 4

    assert difference(shown(signed, HighBit=15, PixelRepresentation=1), shown()) == 0


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"VOILUTFunction": "linear", "WindowCenter": "2048.5", "WindowWidth": "4096"}, id="lower case"),
        pytest.param({"PhotometricInterpretation": "monochrome2 "}, id="photometry in lower case"),
        pytest.param({"PhotometricInterpretation": None}, id="no photometry"),
        pytest.param({"PixelRepresentation": None, "SamplesPerPixel": None}, id="no representation"),
        pytest.param({"HighBit": None}, id="no high bit"),
        pytest.param({"NumberOfFrames": "1 "}, id="frames with a blank"),
        pytest.param({"SOPClassUID": ComputedRadiographyImageStorage + " "}, id="SOP class with a blank"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # pydicom warns of what is wrong with a value, and it is
def test_a_sloppy_value_changes_nothing(header):
    assert difference(shown(**header), shown()) <= 1


def test_a_sop_class_that_the_file_meta_information_alone_names_is_read():
    dataset = dcmread(DicomBytesIO(films.dicom()))
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    del dataset.SOPClassUID
    file = DicomBytesIO()
    dataset.save_as(file, enforce_file_format=False)

    radiograph, read = read_radiograph(b"\0" * 128 + b"DICM" + _without_preamble(file.getvalue()), LIMIT)

    assert difference(radiograph, shown()) == 0
    assert read.SOPClassUID == dataset.file_meta.MediaStorageSOPClassUID


KEYWORDS = (
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "RescaleType", "VOILUTFunction", "PixelSpacing",
    "ImagerPixelSpacing", "PixelPaddingValue", "PixelPaddingRangeLimit", "PresentationLUTShape", "PatientAge",
    "PatientSex", "PatientBirthDate", "StudyDate", "StudyTime", "SpecificCharacterSet", "BodyPartExamined",
    "ViewPosition", "BurnedInAnnotation", "SeriesNumber", "InstanceNumber", "PatientOrientation",
)  # fmt: skip
"""What display, tags and results read."""

VALUES = st.one_of(
    st.text(st.characters(codec="latin-1", exclude_characters="\0"), max_size=20),
    st.floats().map(str),
    st.integers(-99999, 99999).map(str),
    st.sampled_from(
        ["", " ", "1,5", "-1", "0", "1\\2", "1\\\\2", "00", "1E5", "INVERSE", "SIGMOID", "ISO_IR 149", "30Y"]
    ),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=6), st.sampled_from(["LO", "SH", "UT"]))
def test_whatever_is_written_into_a_header_the_film_is_shown_so_that_it_can_be_read(mutated, representation):
    """The pixels are whole, so nothing that is said of them may cost the film; least of all its results' header."""
    dataset = dcmread(DicomBytesIO(films.dicom()))
    for keyword, value in mutated.items():
        if keyword in dataset:
            del dataset[keyword]
        dataset.add_new(keyword, representation, value)
    file = DicomBytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(file, enforce_file_format=True)
        radiograph, read = read_radiograph(file.getvalue(), LIMIT)
        pack(header(read))

    levels = np.arange(256, dtype=np.uint8)
    assert readable(levels, np.bincount(radiograph.pixels.ravel(), minlength=256))


def _without_preamble(data):
    return data[132:] if data[128:132] == b"DICM" else data


@pytest.mark.parametrize(
    ("photometric", "shape"), [("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE"), ("monochrome1", "identity ")]
)
def test_a_header_that_contradicts_itself_about_white_leaves_it_to_the_pixels(photometric, shape):
    # PS3.3, C.8.11.3.1.1: MONOCHROME1 goes with INVERSE, MONOCHROME2 with IDENTITY
    film = shown(PhotometricInterpretation=photometric, PresentationLUTShape=shape)

    assert film.polarity_open
    assert codes(film) == ["polarity_contradiction"]
    assert np.array_equal(film.turned().pixels, shown().pixels)


@pytest.mark.parametrize(
    ("keyword", "told", "kept"),
    [
        ("PatientAge", "30Y", "030Y"),
        ("PatientAge", "30", "030Y"),
        ("PatientAge", "030y ", "030Y"),
        ("PatientAge", "3W", "003W"),
        ("PatientAge", "7 M", "007M"),
        ("StudyDate", "2024.01.31", "20240131"),
        ("StudyDate", "2024-01-31", "20240131"),
        ("StudyDate", "20240131101500", "20240131"),
        ("StudyTime", "10:15:07", "101507"),
        ("StudyTime", "10:15", "1015"),
        ("PatientSex", "f", "F"),
        ("PatientSex", "Male", "M"),
        ("Laterality", "r ", "R"),
        ("ViewPosition", " pa", "PA"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_a_person_can_read_is_kept_as_the_standard_writes_it(keyword, told, kept):
    _, dataset = read_radiograph(films.dicom(**{keyword: told}), LIMIT)

    assert str(header(dataset).get(keyword)) == kept


@pytest.mark.parametrize(
    ("header", "written", "told"),
    [
        pytest.param({"WindowCenter": "2048.5", "WindowWidth": "4096"}, b"2048.5", b"2048,5", id="decimal comma"),
        pytest.param({"WindowCenter": "2048.5", "WindowWidth": "4096"}, b"2048.5", b"beside", id="no number"),
        pytest.param({"PixelSpacing": "0.143\\0.143"}, b"0.143\\0.143", b"0,143\\0,143", id="spacing with commas"),
        pytest.param({"PixelSpacing": "0.143\\0.286"}, b"0.286", b"0,1_3", id="spacing that is no number"),
        pytest.param({"PixelAspectRatio": "12345\\12346"}, b"12346", b"wide ", id="aspect that is no number"),
        pytest.param({"NumberOfFrames": "1234"}, b"1234", b"1,0 ", id="frames with a comma"),
    ],
)
def test_a_number_that_pydicom_does_not_read_costs_no_film(header, written, told):
    data = films.dicom(**header)
    assert data.count(written) == 1

    assert difference(read_radiograph(data.replace(written, told), LIMIT)[0], shown()) <= 1


def test_spacing_with_decimal_commas_is_kept():
    data = films.dicom(PixelSpacing="0.143\\0.143").replace(b"0.143\\0.143", b"0,143\\0,143")

    assert [float(each) for each in header(read_radiograph(data, LIMIT)[1]).PixelSpacing] == [0.143, 0.143]


@pytest.mark.parametrize(
    ("told", "python", "name"),
    [
        ("ISO_IR 149", "euc_kr", "김귀순"),
        ("ISO 2022 IR 149", "euc_kr", "김귀순"),
        ("KS_C_5601-1987", "euc_kr", "김귀순"),
        ("ISO_IR 58", "gb2312", "张三"),
        ("GB2312", "gb2312", "张三"),
        ("gbk", "gbk", "张三"),
        ("ISO-IR-100", "latin-1", "Müller"),
        ("ISO8859-1", "latin-1", "Müller"),
        ("ISO_8859-5", "iso8859_5", "Люкceмбypг"),  # noqa: RUF001
        ("iso_ir 144", "iso8859_5", "Люкceмбypг"),  # noqa: RUF001
        ("utf-8", "utf-8", "山田^太郎"),
        ("ISO_IR 192", "utf-8", "山田^太郎"),
        ("ISO_IR 100", "utf-8", "山田^太郎"),
        ("", "utf-8", "Müller"),
        ("ISO_IR 100", "latin-1", "Müller"),
        ("ISO_IR 166", "iso8859_11", "นามสกุล"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_name_is_read_in_the_character_set_that_is_meant(told, python, name):
    # PS3.3, C.12.1.1.2; what is misspelt, or not told, means what its neighbour is called
    raw = name.encode(python)
    place = b"x" * (len(raw) + len(raw) % 2)
    data = films.dicom(PatientName=place.decode(), SpecificCharacterSet=told or None if told else "")

    _, dataset = read_radiograph(data.replace(place, raw.ljust(len(place)), 1), LIMIT)

    assert str(header(dataset).PatientName) == name

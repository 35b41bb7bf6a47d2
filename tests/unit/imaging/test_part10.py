"""Hostile files end soon and cheaply, whatever they claim to hold."""

import struct
import zlib
from io import BytesIO

import pytest
from pydicom import Dataset, uid

from cxr import errors
from imaging.dicom import read_radiograph
from imaging.part10 import MAX_READS, read_header, read_part10
from tests import films

LIMIT = 1_000_000
ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def halves(syntax: uid.UID = uid.ExplicitVRLittleEndian) -> tuple[bytes, bytes]:
    """A film's file meta information and its data set."""
    whole = films.dicom(TransferSyntaxUID=syntax)
    (length,) = struct.unpack_from("<I", whole, 140)
    return whole[: 144 + length], whole[144 + length :]


def element(group: int, number: int, representation: bytes, value: bytes, length: int | None = None) -> bytes:
    length = len(value) if length is None else length
    return struct.pack("<HH2sHI", group, number, representation, 0, length) + value


def deflated(content: bytes, version: bytes = b"\0\1") -> bytes:
    """A deflated file, written by hand: pydicom writes no long version, which pushes the syntax far into the file."""
    syntax = uid.DeflatedExplicitVRLittleEndian.encode()
    meta = element(2, 1, b"OB", version) + struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax)) + syntax
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return bytes(128) + b"DICM" + length + meta + packer.compress(content) + packer.flush()


@pytest.mark.parametrize("version", [bytes(2), bytes(5000)], ids=["short", "long"])
def test_deflated_film_is_read_wherever_its_syntax_stands(version):
    radiograph, _ = read_radiograph(deflated(halves()[1], version), LIMIT)

    assert (radiograph.pixels == read_radiograph(films.dicom(), LIMIT)[0].pixels).all()


@pytest.mark.parametrize("version", [bytes(2), bytes(5000)], ids=["short", "long"])
def test_bomb_of_a_deflated_file_is_not_inflated_wherever_its_syntax_stands(version):
    bomb = deflated(halves()[1] + element(0x7FE1, 0x1001, b"OB", bytes(200_000_000)), version)

    with pytest.raises(errors.TooLargeError, match="inflates"):
        read_part10(bomb, LIMIT)
    assert read_header(bomb).Rows == 96


@pytest.mark.parametrize(
    "inserted",
    [
        pytest.param(element(9, 0x1001, b"UN", b"") * MAX_READS, id="elements"),
        pytest.param(element(9, 0x1001, b"SQ", ITEM * MAX_READS + SEQUENCE_END, 0xFFFFFFFF), id="items"),
    ],
)
def test_header_of_a_million_parts_is_refused(inserted):
    meta, data = halves()

    with pytest.raises(errors.TooLargeError, match="too many elements"):
        read_radiograph(meta + inserted + data, LIMIT)
    with pytest.raises(errors.TooLargeError, match="too many elements"):
        read_header(meta + inserted + data)


def test_header_of_thousands_of_private_elements_is_read():
    meta, data = halves()
    start = data.index(b"\x10\x00\x10\x00")
    private = b"".join(element(9, 0x1000 + number, b"UN", b"\1\2") for number in range(6000))

    assert read_radiograph(meta + data[:start] + private + data[start:], LIMIT)[0].display == "full range"


def test_what_follows_the_pixels_is_not_read():
    meta, data = halves()

    assert "FlowIdentifier" not in read_part10(meta + data + element(0xFFFC, 0xFFFC, b"OB", bytes(10**6)), LIMIT)


def test_values_too_long_for_a_film_are_left_out_and_long_tables_are_kept():
    film = Dataset()
    film.file_meta = Dataset()
    film.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID, film.Rows = uid.ComputedRadiographyImageStorage, "1.2.3", 4
    film.add_new("WindowCenter", "DS", "1\\" * 40_000 + "1")
    film.add_new((0x0009, 0x1001), "OB", bytes(2_000_000))
    film.add_new("PixelData", "OW", bytes(2_000_000))
    film.VOILUTSequence = [Dataset()]
    film.VOILUTSequence[0].add_new("LUTDescriptor", "US", [0, 0, 16])
    film.VOILUTSequence[0].add_new("LUTData", "OW", bytes(131_072))
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)

    read = read_part10(file.getvalue(), LIMIT)

    assert "WindowCenter" not in read
    assert (0x0009, 0x1001) not in read
    assert (len(read.VOILUTSequence[0].LUTData), len(read.PixelData), read.Rows) == (131_072, 2_000_000, 4)


def test_sequences_in_sequences_end_in_words_of_ours():
    meta, data = halves()
    opened = element(0x0040, 0xA730, b"SQ", b"", 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)

    with pytest.raises(errors.MalformedError):
        read_radiograph(meta + opened * 20_000 + data, LIMIT)


def test_syntax_is_refused_by_its_name_before_anything_is_parsed():
    _, data = halves()
    named = struct.pack("<HH2sH", 2, 0x10, b"UI", 24) + b"1.2.840.10008.1.2.4.100\0"

    with pytest.raises(errors.UnusableRadiographError, match="MPEG2"):
        read_part10(bytes(128) + b"DICM" + named + data, LIMIT)


def test_big_endian_film_whose_file_does_not_tell_its_syntax_is_read():
    whole = films.dicom(TransferSyntaxUID=uid.ExplicitVRBigEndian)
    (length,) = struct.unpack_from("<I", whole, 140)

    radiograph, _ = read_radiograph(bytes(128) + b"DICM" + whole[144 + length :], LIMIT)

    assert (radiograph.pixels == read_radiograph(whole, LIMIT)[0].pixels).all()

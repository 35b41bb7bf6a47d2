"""DICOM files damaged in every way that a disk, a network or an enemy can; the same seed gives the same ones."""

import struct
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
from pydicom import Dataset, dcmread, uid
from pydicom.dataset import FileMetaDataset

from local.places import ROOT

SAMPLE = ROOT / "tests" / "data" / "film.dcm"

Random = np.random.Generator
SYNTAXES = (
    *(uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.RLELossless),
    *(uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless),
    *(uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.MPEG2MPML, uid.UID("1.2.3.4")),
)


NUMBERS = ["Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel", "PixelRepresentation"]


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many files, each with the name of what was done to it."""
    random = np.random.default_rng(seed)
    healthy = list(_healthy())
    for number in range(count):
        damage = DAMAGES[number % len(DAMAGES)]
        yield damage.__name__.strip("_"), damage(healthy[int(random.integers(len(healthy)))], random)


def _healthy() -> Iterator[bytes]:
    """The sample film, plain and compressed."""
    yield SAMPLE.read_bytes()
    for syntax in (uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless):
        film = dcmread(SAMPLE)
        film.compress(syntax, generate_instance_uid=False)
        yield _written(film)


def _written(film: Dataset) -> bytes:
    file = BytesIO()
    film.save_as(file)
    return file.getvalue()


def _bits_flipped(data: bytes, random: Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(int(random.integers(1, 40))):
        damaged[int(random.integers(132, len(damaged)))] ^= 1 << int(random.integers(8))
    return bytes(damaged)


def _header_bits_flipped(data: bytes, random: Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(int(random.integers(1, 10))):
        damaged[int(random.integers(132, 1500))] ^= 1 << int(random.integers(8))
    return bytes(damaged)


def _cut_off(data: bytes, random: Random) -> bytes:
    return data[: int(random.integers(0, len(data)))]


def _piece_missing(data: bytes, random: Random) -> bytes:
    start = int(random.integers(132, len(data)))
    return data[:start] + data[start + int(random.integers(1, 5000)) :]


def _rubbish_inside(data: bytes, random: Random) -> bytes:
    start = int(random.integers(132, len(data)))
    return data[:start] + random.bytes(int(random.integers(1, 3000))) + data[start:]


def _length_bomb(data: bytes, random: Random) -> bytes:
    """An element that claims to be as long as can be said."""
    start = int(random.integers(200, 1400))
    length = [0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, 0x40000000][int(random.integers(4))]
    return data[:start] + struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, length) + data[start:]


def _deep_sequences(data: bytes, random: Random) -> bytes:
    """Sequences in sequences, thousands of them."""
    depth = int(random.integers(50, 20_000))
    sequence = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    opened = sequence + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    return data[: _group_0010(data)] + opened * depth + data[_group_0010(data) :]


def _group_0010(data: bytes) -> int:
    """Where the patient's group begins; anywhere behind the file meta information is as good."""
    found = data.find(b"\x10\x00\x10\x00PN")
    return found if found > 0 else 400


def _other_syntax(data: bytes, random: Random) -> bytes:
    film = dcmread(BytesIO(data))
    syntax = SYNTAXES[int(random.integers(len(SYNTAXES)))].encode()
    old = film.file_meta.TransferSyntaxUID.encode()
    return data.replace(old + b"\0" * (len(old) % 2), (syntax + b"\0" * 32)[: len(old) + len(old) % 2], 1)


def _strange_numbers(data: bytes, random: Random) -> bytes:
    """Attributes that say what cannot be."""
    film = dcmread(BytesIO(data))
    for keyword in NUMBERS:
        if random.random() < 0.4:
            setattr(film, keyword, int(random.choice([0, 1, 7, 8, 12, 16, 17, 32, 64, 255, 4096, 30000, 65535])))
    if random.random() < 0.3:
        film.add_new("NumberOfFrames", "LO", str(random.choice(["0", "-1", "2", "1000000000", "x"])))
    return _written(film)


def _strange_windows(data: bytes, random: Random) -> bytes:
    """Display transforms that say what cannot be."""
    film = dcmread(BytesIO(data))
    strange = ["nan", "inf", "-1e308", "0", "1e-300", "1e308", "", "x", "-0"]
    for keyword in ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept"):
        if random.random() < 0.6:
            value = str(random.choice(strange))
            film.add_new(keyword, "LO" if value == "x" else "DS", value)
    lut = Dataset()
    entries, bits = random.choice([0, 1, 4096, 65535]), random.choice([8, 16, 99])
    lut.add_new("LUTDescriptor", "US", [int(entries), int(random.integers(0, 65535)), int(bits)])
    lut.add_new("LUTData", "OW", random.bytes(2 * int(random.integers(0, 4500))))
    if random.random() < 0.4:
        setattr(film, str(random.choice(["VOILUTSequence", "ModalityLUTSequence"])), [lut])
    film.PhotometricInterpretation = str(random.choice(["MONOCHROME1", "RGB", "PALETTE COLOR", "YBR_FULL", "", "HSV"]))
    film.add_new("PixelPaddingValue", "US", int(random.integers(0, 65535)))
    film.PixelAspectRatio = [str(random.choice(["0", "-1", "1", "99999"])), "1"]
    return _written(film)


def _codestream_damaged(data: bytes, random: Random) -> bytes:
    """Compressed pixels with their own headers damaged: the codecs' C code reads these."""
    damaged = bytearray(data)
    start = max(data.find(b"\xff\x4f\xff\x51"), data.find(b"\xff\xd8\xff"), data.find(b"\xfe\xff\x00\xe0"), 0)
    for _ in range(int(random.integers(1, 12))):
        at = min(start + int(random.integers(0, 200)), len(damaged) - 1)
        damaged[at] = int(random.integers(256))
    return bytes(damaged)


def _deflate_bomb(data: bytes, random: Random) -> bytes:
    film = Dataset()
    film.SOPClassUID, film.SOPInstanceUID = uid.ComputedRadiographyImageStorage, "1.2.3"
    film.Rows = film.Columns = int(random.choice([64, 5000, 65535]))
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    film.file_meta.FileMetaInformationVersion = bytes(int(random.choice([2, 2000])))  # pushes the syntax out of sight
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)
    plain = file.getvalue()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    length = struct.unpack_from("<I", plain, 140)[0] + 144
    zeros = [packer.compress(bytes(1_000_000)) for _ in range(int(random.choice([1, 100, 400])))]
    begun = b"\x09\x00\x01\x10UN\0\0\xff\xff\xff\xff" if random.random() < 0.5 else b""  # else, zeros are elements
    return plain[:length] + packer.compress(begun) + b"".join(zeros) + packer.flush()


def _many_elements(data: bytes, random: Random) -> bytes:
    """A million empty elements, a hundred times as large as objects."""
    numbers = np.arange(int(random.integers(200_000, 2_000_000)), dtype="<u4")
    elements = np.zeros((len(numbers), 12), np.uint8)
    elements[:, :4] = (((numbers >> 15) * 2 + 9) | ((numbers & 0x7FFF) << 16)).view(np.uint8).reshape(-1, 4)
    elements[:, 4:6] = np.frombuffer(b"UN", np.uint8)
    return data[: _group_0010(data)] + elements.tobytes() + data[_group_0010(data) :]


def _many_items(data: bytes, random: Random) -> bytes:
    """A sequence of a million empty items, which somebody asks for or not, of a length that is told or not."""
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * int(random.integers(50_000, 2_000_000))
    tag = [(0x0028, 0x3010), (0x0028, 0x3000), (0x0054, 0x0220), (0x0009, 0x1001)][int(random.integers(4))]
    told = bool(random.random() < 0.5)
    sequence = struct.pack("<HH2sHI", *tag, b"SQ", 0, len(items) if told else 0xFFFFFFFF) + items
    ended = b"" if told else struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return data[: _group_0010(data)] + sequence + ended + data[_group_0010(data) :]


def _many_values(data: bytes, random: Random) -> bytes:
    """Attributes of millions of values, each of which becomes an object."""
    film = dcmread(BytesIO(data))
    for keyword in ("WindowCenter", "WindowWidth", "RescaleSlope", "PixelSpacing", "NumberOfFrames", "PatientAge"):
        if random.random() < 0.5:
            film.add_new(keyword, "UN", b"1\\" * int(random.integers(1, 2_000_000)) + b"1 ")
    return _written(film)


DAMAGES: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_bits_flipped, _header_bits_flipped, _cut_off, _piece_missing, _rubbish_inside, _length_bomb, _deep_sequences),
    *(_other_syntax, _strange_numbers, _strange_windows, _codestream_damaged, _deflate_bomb),
    *(_many_elements, _many_items, _many_values),
)

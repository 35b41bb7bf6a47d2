"""How much memory it takes to decode a file, known from its header before any pixel is decoded."""

from io import BytesIO

from PIL import Image
from pydicom import Dataset, uid

from cxr.errors import InputError
from imaging.file import File
from imaging.part10 import inflated_bytes, read_layout
from imaging.reading import word

PIXEL, SAMPLE, CODEC_SAMPLE = 11, 8, 9
"""Bytes at the worst moment: of a pixel of a PNG or JPEG file; of a sample of a DICOM file; and, where that is
compressed, of a sample in the process that decodes it.

Source:
    Peak of the resident memory (VmHWM) while a film of 4,000 x 4,000 was read, less what was resident before, a pixel:
    PNG 8 bit gray 4, 16 bit gray 10, palette with transparency 4, RGB 9, RGBA 10; JPEG 9; DICOM 8 bit 2.2, 16 bit 3 to
    6.1, with pixels that are not square 5.1, RGB of 8 bits 8.4 and of 16 bits 14.4; JPEG 2000 5.6, and 8.6 in the other
    process.
"""

PALETTE = 3
"""Samples that one becomes."""


def decoding_bytes(file: File, max_pixels: int) -> int:
    """Bytes that reading a file may take beside the file; 0 where it will not be decoded.

    Args:
        file: it.
        max_pixels: more than that are not decoded.

    Raises:
        InputError: no radiograph can be read from it, which its header shows.
    """
    try:
        return _dicom(file.data, max_pixels) if file.kind == "application/dicom" else _picture(file.data, max_pixels)
    except InputError:
        raise
    except Exception:  # hostile bytes fail in many ways; whoever decodes them says what is wrong
        return 0


def _picture(data: bytes, max_pixels: int) -> int:
    with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
        pixels = image.height * image.width
    return PIXEL * pixels if pixels <= max_pixels else 0


def _dicom(data: bytes, max_pixels: int) -> int:
    layout = read_layout(data)
    pixels = int(layout.header.Rows) * int(layout.header.Columns)
    if pixels > max_pixels:
        return 0
    each = SAMPLE + (CODEC_SAMPLE if layout.syntax.is_encapsulated else 0)
    inflated = layout.syntax == uid.DeflatedExplicitVRLittleEndian
    return each * _samples(layout.header) * pixels + (inflated_bytes(data, max_pixels) if inflated else 0)


def _samples(header: Dataset) -> int:
    if word(header, "PhotometricInterpretation") == "PALETTE COLOR":
        return PALETTE
    return int(header.get("SamplesPerPixel") or 1)

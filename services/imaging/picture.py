"""PNG and JPEG files to radiographs, and arrays to PNG."""

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cxr.errors import MalformedError, MultiFrameError, TooLargeError, UnusableRadiographError
from cxr.radiograph import Pixels, Radiograph
from imaging.borders import cut
from imaging.contrast import plain, ranged

MIN_SIDE = 64
"""Pixels; on less nobody can judge a film. Source: half of what the discriminator looks at."""

ROWS_AT_A_TIME = 256

Image.MAX_IMAGE_PIXELS = None  # our own limit is checked before anything is decoded, and answers with our own error


def read_picture(data: bytes, max_pixels: int) -> Radiograph:
    """Read a PNG or JPEG file, 8 or 16 bit, of any colour mode; colours become luminance, transparency black.

    Args:
        data: the whole file.
        max_pixels: the most pixels that are decoded.

    Raises:
        MalformedError: the file is broken or ends too early.
        TooLargeError: more than max_pixels.
        MultiFrameError: an animation.
        UnusableRadiographError: too small, or all pixels are equal.
    """
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
        check_size(image.height, image.width, max_pixels)
        if getattr(image, "n_frames", 1) > 1:
            raise MultiFrameError(f"{image.n_frames} frames; a radiograph has one")  # type: ignore[attr-defined]
        image.load()
        return _to_radiograph(ImageOps.exif_transpose(image))
    except (TooLargeError, UnusableRadiographError):
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes, and all mean the same to the caller
        raise MalformedError("the picture cannot be decoded: it is damaged or incomplete") from error


def check_size(rows: int, columns: int, max_pixels: int) -> None:
    """Refuse what is too large to decode or too small to be a radiograph.

    Raises:
        TooLargeError: more than max_pixels.
        UnusableRadiographError: a side below MIN_SIDE.
    """
    if rows * columns > max_pixels:
        raise TooLargeError(f"{rows} x {columns} pixels; at most {max_pixels} are read")
    if min(rows, columns) < MIN_SIDE:
        raise UnusableRadiographError(f"{rows} x {columns} pixels; a radiograph has at least {MIN_SIDE} a side")


def _to_radiograph(image: Image.Image) -> Radiograph:
    if image.mode.startswith("I"):  # 16 bit gray
        return cut(ranged(np.asarray(image).astype(np.uint16)))
    display = "as stored" if image.mode in ("L", "1") else "luminance"
    return cut(plain(np.asarray(image) if image.mode == "L" else _gray(image), display))


def _gray(image: Image.Image) -> Pixels:
    """Colours as luminance, shape (rows, columns): some rows at a time, since each step is a copy of up to 4 bytes."""
    gray = np.empty((image.height, image.width), np.uint8)
    for top in range(0, image.height, ROWS_AT_A_TIME):
        bottom = min(top + ROWS_AT_A_TIME, image.height)
        gray[top:bottom] = np.asarray(_flat(image.crop((0, top, image.width, bottom))).convert("L"))
    return gray


def _flat(image: Image.Image) -> Image.Image:
    """Transparent pixels laid over black, as a viewer on a dark page shows them."""
    if not image.has_transparency_data:
        return image
    over = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, (0, 0, 0, 255)), over)


def write_png(values: NDArray[np.uint8]) -> bytes:
    """Gray (rows, columns) or RGB (rows, columns, 3) to a PNG file.

    Source:
        OpenCV 5.0's compression levels on a film of 2500 x 2048 pixels, one core: 0 takes 53 ms for 5.1 MB, 1 115 to
        140 ms for 2.3 MB, 3 177 ms for 2.2 MB, 6 649 ms for 2.0 MB; Pillow's 1 and 6 take 140 and 787 ms. Measured with
        python -m timeit -s "import cv2; film = cv2.resize(cv2.imread('FILM', 0), (2048, 2500))"
        "cv2.imencode('.png', film, (cv2.IMWRITE_PNG_COMPRESSION, 1))".
    """
    if values.ndim == 3:
        values = np.ascontiguousarray(values[..., ::-1])
    _, data = cv2.imencode(".png", values, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    return data.tobytes()


def write_jpeg(values: NDArray[np.uint8], quality: int) -> bytes:
    """Gray (rows, columns) or RGB (rows, columns, 3) to a JPEG file, of a quality from 1 to 100."""
    if values.ndim == 3:
        values = np.ascontiguousarray(values[..., ::-1])
    _, data = cv2.imencode(".jpg", values, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return data.tobytes()


def write_pgm(values: Pixels) -> bytes:
    """Gray (rows, columns) to a Netpbm file: a few bytes of header and the pixels as they are.

    Source:
        pgm(5) of Netpbm, the raw form: P5, columns, rows, the highest value.
    """
    rows, columns = values.shape
    return b"P5\n%d %d\n255\n" % (columns, rows) + values.tobytes()


def read_pgm(data: bytes) -> Pixels:
    """What write_pgm wrote, shape (rows, columns).

    Raises:
        ValueError: it is none, or not whole.
    """
    kind, size, highest, values = data.split(b"\n", 3)
    if (kind, highest) != (b"P5", b"255"):
        raise ValueError("no gray picture of 8 bits")
    columns, rows = map(int, size.split())
    return np.frombuffer(values, np.uint8).reshape(rows, columns)


def write_mask_png(mask: Pixels) -> bytes:
    """A mask, 1 is inside, to a 1-bit PNG file, white is inside."""
    _, data = cv2.imencode(".png", mask * np.uint8(255), (cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 1))
    return data.tobytes()

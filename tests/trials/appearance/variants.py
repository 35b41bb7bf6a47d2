"""The same film as it may come: on a page, in a frame, as a preview, photographed, written on, with an odd header."""

from collections.abc import Callable

import cv2
import numpy as np
from pydicom import Dataset

from cxr.radiograph import Pixels
from imaging.file import File
from imaging.picture import write_png
from tests import films

Variant = Callable[[Pixels, np.random.Generator], File]


def _picture(pixels: Pixels) -> File:
    return File(write_png(np.ascontiguousarray(pixels)), "image/png")


def _photo(pixels: Pixels) -> File:
    return File(cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes(), "image/jpeg")


def _surrounded(film: Pixels, times: float, grey: int, random: np.random.Generator) -> Pixels:
    """A page so many times as high and wide, the film somewhere near its middle."""
    rows, columns = film.shape
    page = np.full((round(rows * times), round(columns * times)), grey, np.uint8)
    row = round((page.shape[0] - rows) * random.uniform(0.3, 0.7))
    column = round((page.shape[1] - columns) * random.uniform(0.3, 0.7))
    page[row : row + rows, column : column + columns] = film
    return page


def _page(times: float, grey: int) -> Variant:
    return lambda film, random: _picture(_surrounded(film, times, grey, random))


def _preview(side: int) -> Variant:
    def made(film: Pixels, random: np.random.Generator) -> File:
        scale = side / min(film.shape)
        size = (max(1, round(film.shape[1] * scale)), max(1, round(film.shape[0] * scale)))
        return _picture(np.asarray(cv2.resize(film, size, interpolation=cv2.INTER_AREA), np.uint8))

    return made


def _screenshot(film: Pixels, random: np.random.Generator) -> File:
    """A viewer's window: bars, a list at the left, lines of text, the film."""
    screen = _surrounded(film, 1.5, 40, random)
    rows, columns = screen.shape
    screen[: rows // 15] = 70
    for line in range(12):
        place = (columns // 60, rows // 10 + line * rows // 14)
        cv2.putText(screen, "CHEST PA 2024", place, cv2.FONT_HERSHEY_SIMPLEX, columns / 1600, 200, 1, cv2.LINE_AA)
    return _picture(screen)


def _phone(film: Pixels, random: np.random.Generator) -> File:
    """A light box, photographed from a little aside, uneven and noisy."""
    scene = _surrounded(film, 1.2, 215, random).astype(np.float32)
    rows, columns = scene.shape
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    moved = corners + random.uniform(-0.06, 0.06, (4, 2)).astype(np.float32) * np.array([columns, rows], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    scene = cv2.warpPerspective(scene, matrix, (columns, rows), borderValue=60)
    light = np.linspace(0.75, 1.05, columns, dtype=np.float32)[None] * np.linspace(1.0, 0.9, rows)[:, None]
    return _photo(np.clip(scene * light + random.normal(0, 4, scene.shape), 0, 255).astype(np.uint8))


def _written_on(film: Pixels, random: np.random.Generator) -> File:
    written = film.copy()
    rows, columns = film.shape
    for line, text in enumerate(("DOE JANE 4711", "01.01.1970 F", "CHEST PA ERECT 125 KV", "R")):
        place = (columns // 40, rows // 20 + line * rows // 22)
        cv2.putText(written, text, place, cv2.FONT_HERSHEY_SIMPLEX, columns / 900, 255, 2, cv2.LINE_AA)
    return _picture(written)


def _dicom(**header: object) -> Variant:
    def made(film: Pixels, random: np.random.Generator) -> File:
        stored = np.round(film.astype(np.float64) * 4095 / 255).astype(np.uint16)
        return File(films.dicom(stored, **header), "application/dicom")

    return made


def _marker(film: Pixels, random: np.random.Generator) -> File:
    stored = np.round(film.astype(np.float64) * 4095 / 255).astype(np.uint16)
    stored[:8, :8] = 65535
    return File(films.dicom(stored, bits=16), "application/dicom")


def _table(bits: int) -> dict[str, object]:
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [4096, 0, bits], np.arange(4096).astype("<u2").tobytes()
    return {"VOILUTSequence": [item]}


def itself(film: Pixels, random: np.random.Generator) -> File:
    """As it is: what the others are compared with."""
    return _picture(film)


VARIANTS: dict[str, Variant] = {
    "white page, 1.25 times as large": _page(1.25, 255),
    "white page, 1.5 times": _page(1.5, 255),
    "white page, twice": _page(2.0, 255),
    "black frame, 1.25 times": _page(1.25, 0),
    "black frame, twice": _page(2.0, 0),
    "grey page, 1.5 times": _page(1.5, 180),
    **{f"preview of {side} pixels": _preview(side) for side in (32, 64, 96, 128, 192, 256)},
    "screenshot": _screenshot,
    "phone picture of a light box": _phone,
    "burned-in text": _written_on,
    "VOI LUT of 12 bits that says 16": _dicom(**_table(16)),
    "VOI LUT of 12 bits that says 10": _dicom(**_table(10)),
    "marker at 65535, no window": _marker,
    "window beside the film": _dicom(WindowCenter=20000, WindowWidth=500),
    "window far too wide": _dicom(WindowCenter=2048, WindowWidth=65535),
    "window of the lower half": _dicom(WindowCenter=1024, WindowWidth=2048),
}  # fmt: skip

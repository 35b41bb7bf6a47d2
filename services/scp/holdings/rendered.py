"""Instances as pictures, for who shows none of DICOM's own (PS3.18, 10.4.1.1.3, 10.4.1.1.4)."""

from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.uid import SegmentationStorage

from doors.errors import NotAcceptableError
from imaging.dicom import SOP_CLASSES, read_picture
from imaging.part10 import read_header
from results.errors import NotFoundError
from scp.films import START_BYTES
from scp.holdings.frames import Frames

MAX_PIXELS = 50_000_000
"""That are decoded: what the gateway takes (CXR_MAX_PIXELS)."""

Box = tuple[int, int]
"""Columns and rows that a picture shall fit into."""


def picture(file: BinaryIO, frame: int | None, box: Box | None) -> NDArray[np.uint8]:
    """An image as a screen shows it, a segment in white: gray (rows, columns), or RGB (rows, columns, 3).

    Args:
        file: the instance.
        frame: its number, from 1; without one, the instance's only frame.
        box: into which it shall be shrunk; it is never enlarged.

    Raises:
        NotAcceptableError: it is no image, or has several frames and none is named.
        NotFoundError: it has no such frame.
        InputError: it cannot be decoded.
    """
    file.seek(0)
    header = read_header(file.read(START_BYTES))
    kind = str(header.get("SOPClassUID") or "")
    if kind == SegmentationStorage:
        return _shrunk(_segment(Frames.of(file), frame), box)
    if kind not in SOP_CLASSES:
        raise NotAcceptableError("the instance is no image, so that there is no picture of it")
    if frame not in (None, 1):
        raise NotFoundError("the instance has one frame")
    file.seek(0)
    return _shrunk(read_picture(file.read(), MAX_PIXELS), box)


def _segment(frames: Frames, number: int | None) -> NDArray[np.uint8]:
    if number is None and frames.count > 1:
        raise NotAcceptableError(f"{frames.count} frames are no single picture: ask for /frames/1/rendered")
    if frames.compressed:
        raise NotAcceptableError("compressed segments are not shown")
    packed = np.frombuffer(b"".join(frames.read(number or 1)), np.uint8)
    rows, columns = int(frames.header.Rows), int(frames.header.Columns)
    if int(frames.header.BitsAllocated) == 1:
        packed = np.unpackbits(packed, bitorder="little") * np.uint8(255)
    return packed[: rows * columns].reshape(rows, columns)


def _shrunk(values: NDArray[np.uint8], box: Box | None) -> NDArray[np.uint8]:
    rows, columns = values.shape[:2]
    scale = min(1.0, box[0] / columns, box[1] / rows) if box else 1.0
    if scale == 1.0:
        return values
    size = max(1, round(scale * columns)), max(1, round(scale * rows))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.uint8)

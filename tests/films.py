"""Films made in code: pixels, PNG and JPEG files, DICOM files."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)

PATIENT_NAME = "Doe^Secret"


def pixels(rows: int = 96, columns: int = 80, bits: int = 8, seed: int = 0) -> NDArray[np.uint16]:
    """A gradient with noise that uses the whole range of so many bits."""
    random = np.random.default_rng(seed)
    top = 2**bits - 1
    film = np.linspace(0, top * 0.9, rows)[:, None] + random.integers(0, max(top // 10, 1), (rows, columns))
    film[0, 0], film[-1, -1] = 0, top
    return film.astype(np.uint16)


def png(values: NDArray[Any] | None = None, mode: str | None = None, **options: Any) -> bytes:
    """A PNG file, gray unless a mode to convert to is given."""
    return _file("PNG", values, mode, **options)


def jpeg(values: NDArray[Any] | None = None, mode: str | None = None, **options: Any) -> bytes:
    """A JPEG file."""
    return _file("JPEG", values, mode, quality=95, **options)


def png_header(rows: int, columns: int) -> bytes:
    """The first bytes of a PNG file that claims to have so many gray pixels, and no pixels."""
    chunks = b"IHDR" + struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0), b"IDAT"
    packed = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _file(kind: str, values: NDArray[Any] | None, mode: str | None, **options: Any) -> bytes:
    image = Image.fromarray(pixels().astype(np.uint8) if values is None else values)
    file = BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def dicom(stored: NDArray[Any] | None = None, bits: int = 12, **attributes: Any) -> bytes:
    """A DX Part 10 file with a patient in it; an attribute given as None is left out."""
    stored = pixels(bits=bits) if stored is None else stored
    dataset = Dataset()
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = generate_uid()
    dataset.PatientName, dataset.PatientID = PATIENT_NAME, "4711"
    dataset.Modality, dataset.PhotometricInterpretation = "DX", "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PixelData = stored.astype("<u2").tobytes()
    syntax = attributes.pop("TransferSyntaxUID", ExplicitVRLittleEndian)
    for keyword, value in attributes.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def rewritten(part10: bytes, syntax: UID) -> bytes:
    """The same film in another transfer syntax of those that do not compress pixels."""
    dataset = dcmread(BytesIO(part10))
    dataset.file_meta.TransferSyntaxUID = syntax
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()

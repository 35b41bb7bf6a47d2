"""Films as a modality would send them: the sample films, each a little different, of patients made up."""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from local.places import ROOT

SAMPLES = ROOT / "tests" / "data"
SHOWN = ("normal.png", "pneumonia.jpg")


def exposures(count: int, seed: int = 0, patient: str = "Traffic") -> Iterator[Dataset]:
    """So many films, each in a study of its own; the same seed gives the same ones."""
    random = np.random.default_rng(seed)
    shown = [np.asarray(Image.open(SAMPLES / name).convert("L"), np.float64) for name in SHOWN]
    for number in range(count):
        noisy = shown[number % len(shown)] * random.uniform(0.9, 1) + random.uniform(0, 10)
        yield exposure(np.clip(np.rint(16 * noisy), 0, 4095).astype(np.uint16), f"{patient}^{number}", (seed, number))


def exposure(stored: np.ndarray, patient: str, entropy: tuple[int, ...]) -> Dataset:
    """One film: CR, 12 of 16 bits, MONOCHROME2.

    Args:
        stored: shape (rows, columns), uint16, 0 to 4095.
        patient: PatientName.
        entropy: what its UIDs are made from.
    """
    film = Dataset()
    film.PatientName, film.PatientID, film.PatientBirthDate, film.PatientSex = (
        patient,
        f"ID{'-'.join(map(str, entropy))}",
        "",
        "O",
    )
    film.StudyDate = film.SeriesDate = film.AcquisitionDate = film.ContentDate = "20260101"
    film.StudyTime = film.SeriesTime = film.AcquisitionTime = film.ContentTime = "120000"
    film.AccessionNumber, film.ReferringPhysicianName, film.StudyID = "A1", "", "1"
    film.StudyInstanceUID, film.SeriesInstanceUID, film.SOPInstanceUID = (
        generate_uid(entropy_srcs=["cxr-cascade hospital", level, *map(str, entropy)])
        for level in ("study", "series", "instance")
    )
    film.SOPClassUID, film.Modality, film.Manufacturer = ComputedRadiographyImageStorage, "CR", "Made up"
    film.BodyPartExamined, film.ViewPosition, film.PatientOrientation = "CHEST", "PA", ["L", "F"]
    film.SeriesNumber, film.InstanceNumber, film.ImageType = 1, 1, ["DERIVED", "SECONDARY"]
    film.Rows, film.Columns = stored.shape
    film.SamplesPerPixel, film.PhotometricInterpretation, film.PixelRepresentation = 1, "MONOCHROME2", 0
    film.BitsAllocated, film.BitsStored, film.HighBit = 16, 12, 11
    film.WindowCenter, film.WindowWidth = 2048, 4096
    film.PixelData = stored.astype("<u2").tobytes()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return film


def part10(film: Dataset) -> bytes:
    """As a file."""
    file = BytesIO()
    film.save_as(file, enforce_file_format=True)
    return file.getvalue()

"""Rebuild the sample films from the data set: `CXR_DATA=folder CAT=chelsea.png python tests/data/make_samples.py`.

Which films is only a choice of names here; SOURCES.md says where each comes from, and what may be done with it.
"""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

HERE = Path(__file__).resolve().parent

NORMAL = "nih/nih_00000318_002.jpg"
PNEUMONIA = "kermany/kermany_person1008_virus_1691.jpg"
OTHER = "nih/nih_00000377_000.jpg"


def main() -> None:
    """Write every sample."""
    data = Path(os.environ["CXR_DATA"])
    normal = cv2.imread(str(data / NORMAL), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(HERE / "normal.png"), normal)
    cv2.imwrite(str(HERE / "rotated.png"), cv2.rotate(normal, cv2.ROTATE_90_CLOCKWISE))
    cv2.imwrite(str(HERE / "inverted.png"), 255 - normal)
    shutil.copyfile(data / PNEUMONIA, HERE / "pneumonia.jpg")
    write_dicom(cv2.imread(str(data / OTHER), cv2.IMREAD_GRAYSCALE), HERE / "film.dcm")
    if cat := os.environ.get("CAT"):
        cv2.imwrite(str(HERE / "cat.jpg"), cv2.imread(cat), [cv2.IMWRITE_JPEG_QUALITY, 85])


def write_dicom(shown: np.ndarray, path: Path) -> None:
    """A digital film as detectors store them: 12 bits, low values shown white, with a window; of a patient made up.

    Args:
        shown: shape (rows, columns), uint8, 0 is shown black.
        path: of the Part 10 file.
    """
    film = Dataset()
    film.PatientName, film.PatientID, film.PatientBirthDate, film.PatientSex = "Test^Patient", "TEST-0001", "", "O"
    film.StudyDate = film.SeriesDate = film.ContentDate = "20260101"
    film.StudyTime, film.AccessionNumber, film.ReferringPhysicianName = "120000", "TEST", ""
    film.StudyInstanceUID, film.SeriesInstanceUID, film.SOPInstanceUID = (
        generate_uid(entropy_srcs=["cxr-cascade sample", level]) for level in ("study", "series", "instance")
    )
    film.SOPClassUID, film.Modality = DigitalXRayImageStorageForPresentation, "DX"
    film.BodyPartExamined, film.ViewPosition, film.PatientOrientation = "CHEST", "PA", ["L", "F"]
    film.SeriesNumber, film.InstanceNumber, film.Manufacturer = 1, 1, "CXR Cascade test data"
    film.PresentationIntentType, film.ImageLaterality, film.PixelSpacing = "FOR PRESENTATION", "U", [1.0, 1.0]
    film.ImageType = ["DERIVED", "SECONDARY"]
    film.Rows, film.Columns = shown.shape
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME1"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.WindowCenter, film.WindowWidth = 2048, 3200
    # What is shown from black to white lies inside the window, turned round: 3648 is black, 448 is white.
    stored = np.round(3648 - shown.astype(np.float64) / 255 * 3200)
    film.PixelData = stored.astype("<u2").tobytes()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    film.save_as(path, enforce_file_format=True)


if __name__ == "__main__":
    main()

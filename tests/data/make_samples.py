"""Rebuild the sample films from the data sets:

CXR_DATA=folder HANDS=folder CAT=chelsea.png PYTHONPATH=services python tests/data/make_samples.py

Which films is only a choice of names here; SOURCES.md says where each comes from, and what may be done with it.
"""

import csv
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from cxr.number import framed, stretched

HERE = Path(__file__).resolve().parent

NORMAL = "nih/nih_00000318_002.jpg"
PNEUMONIA = "kermany/kermany_person1008_virus_1691.jpg"
OTHER = "nih/nih_00000377_000.jpg"

MONTHS = range(100, 141)
"""Of the hands of the train split whose mean is the sample of a hand."""

HAND_SIDE = 100
TURNS_DEGREES = (-8, -4, 0, 4, 8)
SCALES = (0.9, 1.0, 1.1)


def main() -> None:
    """Write every sample."""
    data = Path(os.environ["CXR_DATA"])
    normal = cv2.imread(str(data / NORMAL), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(HERE / "normal.png"), normal)
    cv2.imwrite(str(HERE / "rotated.png"), cv2.rotate(normal, cv2.ROTATE_90_CLOCKWISE))
    cv2.imwrite(str(HERE / "inverted.png"), 255 - normal)
    shutil.copyfile(data / PNEUMONIA, HERE / "pneumonia.jpg")
    write_dicom(cv2.imread(str(data / OTHER), cv2.IMREAD_GRAYSCALE), HERE / "film.dcm")
    if hands := os.environ.get("HANDS"):
        cv2.imwrite(str(HERE / "hand.png"), mean_hand(Path(hands)))
    if cat := os.environ.get("CAT"):
        cv2.imwrite(str(HERE / "cat.jpg"), cv2.imread(cat), [cv2.IMWRITE_JPEG_QUALITY, 85])


def mean_hand(data: Path) -> np.ndarray:
    """A hand that is nobody's: the mean of some 260, laid upon each other, with its edges made a little sharper."""
    with (data / "index.csv").open(newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["split"] == "train" and int(row["bone_age_months"]) in MONTHS
        ]
    read = (cv2.imread(str(data / row["image"]), cv2.IMREAD_GRAYSCALE) for row in rows)
    hands = [stretched(framed(each, HAND_SIDE)).astype(np.float32) for each in read]
    mean = np.mean(hands, axis=0)
    for _ in range(3):
        laid = [laid_upon(mean, hand) for hand in hands]
        alike = np.array([np.corrcoef(hand.ravel(), mean.ravel())[0, 1] for hand in laid])
        mean = np.mean([hand for hand, r in zip(laid, alike, strict=True) if r >= np.quantile(alike, 0.7)], axis=0)
    mean = cv2.normalize(mean, None, 0, 255, cv2.NORM_MINMAX)
    return np.clip(mean + 1.5 * (mean - cv2.GaussianBlur(mean, (0, 0), 3)), 0, 255).astype(np.uint8)


def laid_upon(mean: np.ndarray, hand: np.ndarray) -> np.ndarray:
    """The hand turned, scaled and moved to where it correlates most with the mean; both (HAND_SIDE, HAND_SIDE)."""
    best, most = hand, -1.0
    for degrees in TURNS_DEGREES:
        for scale in SCALES:
            matrix = cv2.getRotationMatrix2D((HAND_SIDE / 2, HAND_SIDE / 2), degrees, scale)
            (right, down), agreement = cv2.phaseCorrelate(mean, warped(hand, matrix))
            if agreement > most:
                matrix[:, 2] -= (right, down)
                best, most = warped(hand, matrix), agreement
    return best


def warped(hand: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """By an affine matrix; what comes in from outside is as its edge."""
    return cv2.warpAffine(hand, matrix, (HAND_SIDE, HAND_SIDE), borderMode=cv2.BORDER_REPLICATE)


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

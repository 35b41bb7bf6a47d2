"""The heat map over the film as a Secondary Capture, for viewers that show nothing else; what it is, is burned in."""

from io import BytesIO

import cv2
import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian

from results.errors import NotFoundError
from results.identity import MAKER, RESEARCH, Identity, series_number
from results.legend import legend
from results.pictures import heat_map, lung_mask, over
from results.reading import Reading
from results.schema import Correction

SERIES = "AI overlay, not for diagnosis"

MAX_SIDE = 1024
"""Pixels of the film's longer side: enough to see where; the film itself is beside it in full."""

OUTLINE = (0, 200, 255)
"""Of the lungs, RGB: a hue that neither a gray film nor the heat has."""


def write_overlay(reading: Reading) -> bytes:
    """The overlay of a DICOM film, as a Part 10 file: uncompressed RGB, since every viewer can show that.

    A film that was not assessed is shown without heat and says so; one that was corrected, as it was sent.

    Raises:
        NotFoundError: the film's pixels are gone, or were never read.
    """
    if reading.film is None:
        raise NotFoundError("this assessment has no overlay: its film was not read")
    identity = Identity.of(reading)
    source = identity.source
    capture = hd.sc.SCImage(
        pixel_array=picture(reading),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=source.StudyInstanceUID,
        series_instance_uid=identity.uid("overlay series"),
        series_number=series_number(3),
        sop_instance_uid=identity.uid("overlay"),
        instance_number=1,
        manufacturer=MAKER,
        patient_id=source.PatientID,
        patient_name=source.PatientName,
        patient_birth_date=source.PatientBirthDate,
        patient_sex=source.PatientSex or None,
        accession_number=source.AccessionNumber,
        study_id=source.StudyID,
        study_date=source.StudyDate,
        study_time=source.StudyTime,
        referring_physician_name=source.ReferringPhysicianName,
        laterality=None,
        patient_orientation=("L", "F"),  # asked for; the film's own, or none, takes its place below
        transfer_syntax_uid=ExplicitVRLittleEndian,
        specific_character_set=source.SpecificCharacterSet,
    )
    identity.stamp(capture, SERIES)
    capture["PatientOrientation"].value = source.PatientOrientation  # PS3.3, C.7.6.1: type 2C
    capture.Laterality = ""  # type 2C: of a paired body part, which a chest is not (PS3.3, C.7.3.1)
    capture.ImageType, capture.BurnedInAnnotation = ["DERIVED", "SECONDARY"], "YES"
    capture.DateOfSecondaryCapture, capture.TimeOfSecondaryCapture = capture.ContentDate, capture.ContentTime
    capture.DerivationDescription = "Heat map of an AI over the film, for research use, not a medical device"
    capture.ImageComments = RESEARCH
    file = BytesIO()
    capture.save_as(file, enforce_file_format=True)
    return file.getvalue()


def picture(reading: Reading) -> NDArray[np.uint8]:
    """The film with heat, lungs and legend, shape (rows, columns, 3), RGB."""
    assert reading.film is not None  # noqa: S101 - for the type checker: write_overlay saw to it
    correction = reading.assessment.correction or Correction()
    sent = correction.undone(reading.film)
    scale = MAX_SIDE / max(sent.shape)
    rows, columns = (max(1, round(side * scale)) for side in sent.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    film = np.asarray(cv2.resize(sent, (columns, rows), interpolation=method), np.uint8)
    shown = np.repeat(film[..., None], 3, axis=2)
    if reading.assessment.outcome == "assessed" and reading.result:
        assessed = reading.film.shape[0], reading.film.shape[1]
        heat = correction.laid_back(heat_map(reading.result, assessed, None))  # the crop is in the assessed pixels
        shown = over(film, np.asarray(cv2.resize(heat, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32))
        shape = (columns, rows) if correction.rotated % 180 else (rows, columns)
        lungs = correction.laid_back(lung_mask(reading.result, shape))
        contours, _ = cv2.findContours(lungs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        shown = np.asarray(cv2.polylines(np.ascontiguousarray(shown), contours, True, OUTLINE, 2), np.uint8)
    told = legend(reading.assessment, max(columns, MAX_SIDE // 2))
    return np.asarray(_below(Image.fromarray(shown), told))


def _below(film: Image.Image, told: Image.Image) -> Image.Image:
    page = Image.new("RGB", (max(film.width, told.width), film.height + told.height))
    page.paste(film, ((page.width - film.width) // 2, 0))
    page.paste(told, (0, film.height))
    return page

"""The lungs as a DICOM Segmentation, in the film's own pixels."""

from io import BytesIO

import cv2
import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

from results import codes as concepts
from results.errors import NotFoundError
from results.identity import MAKER, MODEL, Identity, algorithm, release, series_number
from results.pictures import lung_mask
from results.reading import Reading
from results.schema import Convention, Correction

SERIES: dict[Convention, str] = {"lungs": "AI lungs", "lung-fields": "AI lung fields"}
"""Description of the series of each convention."""

PIXEL_SPACING = 0x00280030

COLOURS = {"Right lung": (70.0, -40.0, 30.0), "Left lung": (70.0, 10.0, -45.0), "Lung": (70.0, -40.0, 30.0)}
"""CIELab: green and blue of the same lightness, told apart when red and green are not."""


def write_lungs(reading: Reading, convention: Convention = "lungs") -> bytes:
    """The lungs of a DICOM film, one segment each where they can be told apart, as a Part 10 file.

    Args:
        reading: of the film.
        convention: what counts as lung; each has a series of its own.

    Raises:
        NotFoundError: the cascade ended before the segmenter, it found no lung, or it does not know the convention.
    """
    if reading.result is None or reading.film is None:
        raise NotFoundError("this assessment has no lungs: it failed")
    identity = Identity.of(reading)
    mask = lung_mask(reading.result, reading.film.shape, convention=convention)
    segments = _segments(mask, identity.source, reading.assessment.correction or Correction())
    if not segments:
        raise NotFoundError("this assessment has no lungs: none was found on the film")
    version, kind = reading.assessment.models["segmenter"], convention.replace("-", " ")
    segmentation = hd.seg.Segmentation(
        source_images=[_unmeasured(identity.source)],
        pixel_array=np.stack([mask for _, mask in segments], axis=-1)[None],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(number, label, version, identity, kind) for number, (label, _) in enumerate(segments, 1)
        ],
        series_instance_uid=identity.uid(f"{kind} series"),
        series_number=series_number(2),
        sop_instance_uid=identity.uid(kind),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MODEL,
        software_versions=release(),
        device_serial_number="1",
        content_label=kind.upper().replace(" ", "_"),
        content_description=f"{kind.capitalize()} that the segmenter found",
        transfer_syntax_uid=ExplicitVRLittleEndian,
    )
    identity.stamp(segmentation, SERIES[convention])
    segmentation.PatientOrientation = identity.source.get("PatientOrientation") or ""  # PS3.3, C.7.6.1: type 2C
    organization = identity.uid(f"{kind} dimensions")
    for item in (*segmentation.DimensionOrganizationSequence, *segmentation.DimensionIndexSequence):
        item.DimensionOrganizationUID = organization
    file = BytesIO()
    segmentation.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _unmeasured(source: Dataset) -> Dataset:
    """Without its spacing: highdicom would tell it without a slice thickness, and then not read its own object."""
    shown = Dataset()
    shown.update({tag: source[tag] for tag in source.keys() if tag != PIXEL_SPACING})  # noqa: SIM118 - of a Dataset
    return shown


def _segments(mask: NDArray[np.uint8], source: Dataset, correction: Correction) -> list[tuple[str, NDArray[np.uint8]]]:
    """Label and mask of each segment, in the stored film's rows and columns, from the mask of the assessed pixels."""
    count, labels, _, centroids = cv2.connectedComponentsWithStats(mask)
    regions = [(labels == number).astype(np.uint8) for number in range(1, count)]
    names = _sides(source, correction)
    if len(regions) != 2 or not names:
        return [("Lung", _stored(mask, source, correction))] if regions else []
    if centroids[1][0] > centroids[2][0]:
        regions.reverse()
    return [(name, _stored(region, source, correction)) for name, region in zip(names, regions, strict=True)]


def _stored(mask: NDArray[np.uint8], source: Dataset, correction: Correction) -> NDArray[np.uint8]:
    """A mask of the assessed pixels over the film as it was sent, in its rows and columns."""
    mask = correction.laid_back(mask)
    if not (source.get("Rows") and source.get("Columns")):
        return mask
    stored = int(source.Columns), int(source.Rows)
    return np.asarray(cv2.resize(mask, stored, interpolation=cv2.INTER_NEAREST), np.uint8)


def _sides(source: Dataset, correction: Correction) -> tuple[str, str] | None:
    """Which lung lies at the assessed film's left and which at its right; None where its rows go neither way.

    Source: PS3.3, C.7.6.1.1.1. Without the attribute a film is taken to hang as usual, facing the viewer. So is a film
    that was turned: there the attribute says what the pixels contradict.
    """
    usual = "Right lung", "Left lung"
    if correction.rotated:
        return usual
    towards = str((source.get("PatientOrientation") or ["L"])[0])[:1]
    return {"L": usual, "R": usual[::-1]}.get(towards)


def _description(number: int, label: str, version: str, identity: Identity, what: str) -> hd.seg.SegmentDescription:
    kind = {"Right lung": concepts.RIGHT_LUNG, "Left lung": concepts.LEFT_LUNG}.get(label, concepts.LUNG)
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=kind,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=algorithm("segmenter"), family=codes.DCM.ArtificialIntelligence, version=version, source=MAKER
        ),
        tracking_uid=identity.uid(f"tracking {label}" if what == "lungs" else f"tracking {what} {label}"),
        tracking_id=label,
        display_color=hd.color.CIELabColor(*COLOURS[label]),
    )

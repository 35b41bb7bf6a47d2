"""What results need of a film's header: of whom it is, which study and film it is, its geometry; and nothing else."""

import uuid
import zlib
from collections.abc import Iterable
from io import BytesIO

from pydicom import Dataset, dcmwrite
from pydicom import config as pydicom_config
from pydicom.dataelem import DataElement
from pydicom.filereader import read_dataset
from pydicom.uid import UID, ComputedRadiographyImageStorage

from imaging.reading import texts
from imaging.values import keep

IDENTITY = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "StudyDate",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
    "StudyTime",
    "SeriesTime",
    "AcquisitionTime",
    "ContentTime",
    "AcquisitionDateTime",
    "TimezoneOffsetFromUTC",
    "AccessionNumber",
    "Modality",
    "Manufacturer",
    "ManufacturerModelName",
    "InstitutionName",
    "StationName",
    "BurnedInAnnotation",
    "ReferringPhysicianName",
    "StudyDescription",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "StudyID",
    "SeriesNumber",
    "InstanceNumber",
]
"""Patient, general study, series and equipment, general image and SOP common modules; device and burned-in text are for
worklists. Source: PS3.3, C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.7.6.1, C.12.1."""

GEOMETRY = [
    "Rows",
    "Columns",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "PixelAspectRatio",
    "PatientOrientation",
    "BodyPartExamined",
    "ViewPosition",
    "Laterality",
    "ImageLaterality",
]
"""Image pixel, general image and DX positioning modules. Source: PS3.3, C.7.6.3, C.7.6.1, C.8.11.5."""

CODED = ("AnatomicRegionSequence", "ViewCodeSequence")
CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")

UTF_8 = "ISO_IR 192"
"""Source: PS3.3, C.12.1.1.2."""

AXES = {"L": "x", "R": "x", "A": "y", "P": "y", "H": "z", "F": "z"}
"""Of the patient, and the letters of their two ends. Source: PS3.3, C.7.6.1.1.1."""

MAX_PACKED_BYTES = 64 * 1024
"""Of a packed header; what is larger carries more than the attributes above ever do."""

NAMESPACE = uuid.UUID("6a2f41a3-c54c-5d2e-9f3c-cbb36a5d2ef4")
"""Of all names that identifiers of ours are made from."""

pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE  # what is invalid is dropped here, one by one


def named_uid(name: str) -> UID:
    """A UID made from a name, the same each time. Source: PS3.5, B.2 (2.25. and a UUID, here of version 5)."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, name).int}")


def header(dataset: Dataset) -> Dataset:
    """The attributes that results need, those of them that are valid.

    What is too long is cut, what is invalid is left out, and a UID that is missing or invalid is replaced by one made
    from the others, the same each time, so that results are valid whatever the film was.
    """
    kept = Dataset()
    kept.SpecificCharacterSet = UTF_8  # whatever the film was written in has been decoded by now
    for keyword in (*IDENTITY, *GEOMETRY):
        for element in _found(dataset, keyword):
            keep(kept, element)
    for keyword in CODED:
        for item in _items(dataset, keyword):
            setattr(kept, keyword, [item])
    _complete(kept)
    return kept


def pack(known: Dataset) -> bytes:
    """A header to a few bytes.

    Raises:
        ValueError: more than MAX_PACKED_BYTES.
    """
    file = BytesIO()
    dcmwrite(file, known, implicit_vr=False, little_endian=True, enforce_file_format=False)
    packed = zlib.compress(file.getvalue())
    if len(packed) > MAX_PACKED_BYTES:
        raise ValueError("the header is too large")
    return packed


def unpack(packed: bytes) -> Dataset:
    """What pack made of a header."""
    return read_dataset(BytesIO(zlib.decompress(packed)), is_implicit_VR=False, is_little_endian=True)


def _found(dataset: Dataset, keyword: str) -> Iterable[DataElement]:
    """The element, as text where its value is none of its representation; or none where it is missing."""
    if keyword not in dataset:
        return
    try:
        found = dataset[keyword]
    except Exception:
        found = DataElement(keyword, "LO", texts(dataset, keyword))
    yield found


def _items(dataset: Dataset, keyword: str) -> Iterable[Dataset]:
    """The first item of a code sequence, where it is whole."""
    for element in _found(dataset, keyword):
        for item in list(element.value or [])[:1]:
            code = Dataset()
            for part in CODE:
                for found in _found(item, part):
                    keep(code, found)
            if all(part in code for part in CODE):
                yield code


def _complete(kept: Dataset) -> None:
    """UIDs that results refer to, where the film has none; and no orientation where it makes no sense."""
    if not _oriented([str(each) for each in kept.get("PatientOrientation") or []]):
        kept.PatientOrientation = ""
    known = str(kept)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not kept.get(keyword):
            setattr(kept, keyword, named_uid(f"{keyword} {known}"))
    if not kept.get("SOPClassUID"):
        kept.SOPClassUID = ComputedRadiographyImageStorage
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
        if keyword not in kept:
            setattr(kept, keyword, "")
    for keyword in ("StudyDate", "StudyTime", "ReferringPhysicianName"):
        if keyword not in kept:
            setattr(kept, keyword, "")


def _oriented(directions: list[str]) -> bool:
    """Whether rows and columns go somewhere, along different axes. Source: PS3.3, C.7.6.1.1.1."""
    axes = [[AXES.get(letter, "") for letter in direction] for direction in directions]
    whole = all(each and all(each) and len(set(each)) == len(each) for each in axes)
    return whole and len(axes) == 2 and axes[0][0] != axes[1][0]

"""The DICOM JSON Model of headers, and the attributes that a search knows, by level.

Source: PS3.18, tables 10.6.3-3 to 10.6.3-5 (returned) and 10.6.1-5 (matched); F.2 (JSON). Some more are here that
worklists show.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword

Model = dict[str, Any]
"""A data set in the DICOM JSON Model: tag, eight hexadecimal digits, to what it holds."""

UID = re.compile(r"[0-9.]{1,64}")
"""What may be one, and part of an address. Source: PS3.5, 9.1."""

UTF8 = "ISO_IR 192"
"""Of all answers: JSON is UTF-8. Source: PS3.18, F.2; PS3.3, table C.12-5."""


def tag(keyword: str) -> str:
    """Of an attribute, as the model has it."""
    return f"{tag_for_keyword(keyword):08X}"


def _vrs(*keywords: str) -> dict[str, str]:
    """Tag to value representation."""
    return {tag(keyword): dictionary_VR(keyword) for keyword in keywords}


STUDY = _vrs(
    "StudyDate", "StudyTime", "AccessionNumber", "InstanceAvailability", "ModalitiesInStudy",
    "ReferringPhysicianName", "RetrieveURL", "StudyDescription", "PatientName", "PatientID", "PatientBirthDate",
    "PatientSex", "StudyInstanceUID", "StudyID", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances",
)  # fmt: skip

SERIES = _vrs(
    "Modality", "SeriesDescription", "RetrieveURL", "SeriesInstanceUID", "SeriesNumber", "SeriesDate", "SeriesTime",
    "NumberOfSeriesRelatedInstances", "PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime",
    "RequestAttributesSequence", "BodyPartExamined",
)  # fmt: skip

INSTANCE = _vrs(
    "SOPClassUID", "SOPInstanceUID", "InstanceAvailability", "RetrieveURL", "InstanceNumber", "Rows", "Columns",
    "BitsAllocated", "NumberOfFrames", "AvailableTransferSyntaxUID",
)  # fmt: skip

EVERYWHERE = _vrs("SpecificCharacterSet", "TimezoneOffsetFromUTC")

ONLY_IF_KNOWN = {
    *EVERYWHERE,
    *map(tag, ("StudyDescription", "SeriesDescription", "SeriesDate", "SeriesTime", "BodyPartExamined")),
    *map(tag, ("PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime", "RequestAttributesSequence")),
    *map(tag, ("Rows", "Columns", "BitsAllocated", "NumberOfFrames", "AvailableTransferSyntaxUID")),
}
"""Left out where there is nothing to say; the others are returned empty."""

INDEXED = STUDY | SERIES | INSTANCE | EVERYWHERE


def model(header: Dataset, wanted: Iterable[str] | None = None) -> Model:
    """What a header holds, or those attributes of it; what cannot be read or said in JSON is left out.

    Args:
        header: a data set.
        wanted: tags; all without them.
    """
    chosen = None if wanted is None else {int(each, 16) for each in wanted}
    found: Model = {}
    for key in sorted(header.keys()):
        # File meta information and lengths of groups are no part of it (PS3.18, F.2.2).
        if key.group <= 0x0002 or key.element == 0 or (chosen is not None and key not in chosen):
            continue
        try:
            element = header[key]
            items = [model(item) for item in element.value] if element.VR == "SQ" else None
            value = _sequence(items) if items is not None else element.to_json_dict(None, 0)
            json.dumps(value, allow_nan=False)
        except Exception:  # noqa: S112 - hostile bytes fail in many ways, and what is said of them may be a patient's
            continue
        found[f"{key:08X}"] = value
    if chosen is None or int(tag("SpecificCharacterSet"), 16) in chosen:
        found[tag("SpecificCharacterSet")] = values("CS", UTF8)
    return found


def values(vr: str, *several: Any) -> dict[str, Any]:
    """An attribute."""
    return {"vr": vr, "Value": list(several)} if several else {"vr": vr}


def _sequence(items: list[Model]) -> dict[str, Any]:
    for item in items:
        item.pop(tag("SpecificCharacterSet"), None)
    return values("SQ", *items)

"""What a DICOM film's header says, against what the discriminator sees and the models were made for."""

import re
from datetime import date
from typing import Literal

from pydicom import Dataset

from results.schema import Caution, Conflict, Gate, Refusal

LATERAL = ("LL", "RL", "LATERAL", "LAT")
FRONTAL = ("PA", "AP", "FRONTAL")
"""Defined terms of ViewPosition, and what is sent instead of them. Source: PS3.3, C.8.11.5.1.1 and C.8.1.1.

LLD and RLD are decubitus positions, whose projection may be either: they say nothing."""

LATERAL_CODES = ("399067008", "R-10236", "399173006", "R-10232", "399198007", "R-10228")
FRONTAL_CODES = ("399348003", "R-10206", "399033003", "R-10214", "272479007", "272480005")
"""ViewCodeSequence: SNOMED CT, and its older SNOMED-RT codes. Source: PS3.16, CID 4010."""

CHEST = re.compile(r"CHEST|THORA|LUNG|RIB|STERN|TORSO|WHOLEBODY|TRUNK")
"""Body parts whose film shows the lungs. Source: PS3.16, annex L; and what is written instead, such as "CHEST PA"."""

CHEST_CODES = ("51185008", "T-D3000", "39607008", "T-28000", "43799004")
"""AnatomicRegionSequence: thorax, lung, chest cavity. Source: PS3.16, CID 4031."""

ADULT_YEARS = 18
UNITS_A_YEAR = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}
"""Of an age string. Source: PS3.5, 6.2, AS."""

Population = Literal["adults", "children", ""]


def conflicts(header: Dataset, gate: Gate | None, refusal: Refusal | None) -> list[Conflict]:
    """Attributes that say something else than the discriminator sees; empty and unknown values say nothing.

    Args:
        header: of the film.
        gate: what the discriminator says; None where it was not asked.
        refusal: why the film was refused.
    """
    if gate is None:
        return []
    reason = refusal.reason if refusal else None
    view = _view(header) if reason != "not_a_chest_radiograph" else None
    part = _body_part(header)
    found = []
    if view and (seen := "lateral" if gate.frontal < 0.5 else "frontal") != view[1]:
        found.append(_conflict("ViewPosition", *view, seen))
    if part and (seen := "other" if reason == "not_a_chest_radiograph" else "chest") != part[1]:
        found.append(_conflict("BodyPartExamined", *part, seen))
    return found


def cautions(header: Dataset, population: str) -> list[Caution]:
    """Whether the patient is of the ages that the classifier was evaluated on; an unknown age says nothing.

    Args:
        header: of the film.
        population: "adults", "children", or empty for both.
    """
    age = age_years(header)
    if age is None:
        return []
    if population == "adults" and age < ADULT_YEARS:
        return [Caution(code="child", detail="The patient is a child; the classifier was evaluated on adults only.")]
    if population == "children" and age >= ADULT_YEARS:
        told = "The patient is an adult; how well the three classes are told apart was evaluated in children only."
        return [Caution(code="adult", detail=told)]
    return []


def age_years(header: Dataset) -> float | None:
    """The patient's age when the film was taken; None where the header does not tell."""
    if found := re.fullmatch(r"(\d{1,3})([DWMY])", str(header.get("PatientAge") or "").strip().upper()):
        return int(found[1]) / UNITS_A_YEAR[found[2]]
    born = _date(header.get("PatientBirthDate"))
    taken = next(filter(None, map(_date, map(header.get, ("AcquisitionDate", "StudyDate", "SeriesDate")))), None)
    return (taken - born).days / 365.25 if born and taken and taken >= born else None


def _view(header: Dataset) -> tuple[str, str] | None:
    """What the header calls the view, and what that is."""
    position = str(header.get("ViewPosition") or "").strip().upper()
    code = _code(header, "ViewCodeSequence")
    if position in LATERAL or code in LATERAL_CODES:
        return position or code, "lateral"
    if position in FRONTAL or code in FRONTAL_CODES:
        return position or code, "frontal"
    return None


def _body_part(header: Dataset) -> tuple[str, str] | None:
    """What the header calls the body part, and whether that is the chest."""
    part = str(header.get("BodyPartExamined") or "").strip().upper()
    if part:
        return part, "chest" if CHEST.search(part) else "other"
    code = _code(header, "AnatomicRegionSequence")
    return (code, "chest" if code in CHEST_CODES else "other") if code else None


def _code(header: Dataset, keyword: str) -> str:
    items = header.get(keyword) or []
    return str(items[0].get("CodeValue") or "") if items else ""


def _conflict(attribute: str, stated: str, meaning: str, seen: str) -> Conflict:
    saying = {
        "lateral": "a lateral view",
        "frontal": "a frontal view",
        "chest": "a chest film",
        "other": "no chest film",
    }
    detail = f"The file says {saying[meaning]} ({attribute} {stated}), but it looks like {saying[seen]}. Check which."
    return Conflict(attribute=attribute, stated=stated, seen=seen, detail=detail)


def _date(value: object) -> date | None:
    text = str(value or "").strip()
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None

"""What a DICOM film's header says, against what the discriminator sees and the models were made for."""

import functools
import re
from datetime import date

from pydicom import Dataset

from certificates.pairs import Sex, View
from imaging.reading import word
from results.schema import Caution, Conflict, Gate, Refusal

LATERAL = ("LL", "RL", "LATERAL", "LAT")
FRONTAL = ("PA", "AP", "FRONTAL")
"""Defined terms of ViewPosition, and what is sent instead of them. Source: PS3.3, C.8.11.5.1.1 and C.8.1.1.

LLD and RLD are decubitus positions, whose projection may be either: they say nothing."""

LATERAL_CODES = ("399067008", "399173006", "399198007")
FRONTAL_CODES = ("399033003", "399348003", "272479007", "R-10214")
"""ViewCodeSequence: lateral, left lateral, right lateral; frontal, AP, PA, and what PA once was. Source: PS3.16, CID
4010. SNOMED CT; the older SNOMED RT is translated."""

PROJECTIONS: dict[str, View] = {"PA": "PA", "272479007": "PA", "R-10214": "PA", "AP": "AP", "399348003": "AP"}
"""What of those above tells from which side the film was taken."""

SEXES: dict[str, Sex] = {"F": "F", "M": "M", "O": "O"}
"""Source: PS3.3, C.7.1.1."""

CHEST = re.compile(r"CHEST|THORA|TORAX|LUNG|PULM|RIB|STERN|TORSO|TSPINE|HEART|WHOLE ?BODY|TRUNK|BABYGRAM")
"""Body parts whose film shows the lungs, as one of the ribs does. Source: PS3.16, annex L; and what is written instead,
such as "CHEST PA"."""

OTHER = re.compile(
    r"ABDO|ANKLE|\bARM|BREAST|CALCAN|CLAVIC|COCCYX|CSPINE|\bEAR\b|ELBOW|EXTREM|\bEYE|FEMUR|FINGER|FOOT|HAND|HEAD|HEEL|\bHIP"
    r"|HUMER|\bJAW|KNEE|\bLEG|LSPINE|LUMBAR|CERVIC|MANDIB|MAXIL|NECK|ORBIT|PATELLA|PELVI|RADIUS|SACR|SCAPUL|SHOULDER"
    r"|SINUS|SKULL|THIGH|THUMB|TIBIA|FIBULA|\bTOE|ULNA|WRIST|ZYGOMA"
)
"""Body parts whose film does not. Source: PS3.16, annex L. Any other word, such as "UNKNOWN", says nothing."""

CHEST_REGION = re.compile(r"Chest|Lung|Bronchus|Mediastinum|Trachea|Esophagus|Heart|Rib|Stern|Thora|EntireBody")
VAGUE_REGION = re.compile(r"^Spine|Vertebral|Phantom|Extremity")
MORE_REGIONS = {"51185008": "Chest", "43799004": "ThoracicCavity", "39607008": "Lung", "22943007": "TrunkWithChest"}
"""Of AnatomicRegionSequence, beside those of PS3.16, CID 4031: thorax as older editions code it, and three that are
sent although they are not in it."""

ADULT_YEARS = 18
UNITS_A_YEAR = {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}
"""Of an age string. Source: PS3.5, 6.2, AS."""

Said = tuple[str, str, str]
"""Attribute, its value, and what that means."""


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
    if view and (seen := "lateral" if gate.frontal < 0.5 else "frontal") != view[2]:
        found.append(_conflict(*view, seen))
    if part and (seen := "other" if reason == "not_a_chest_radiograph" else "chest") != part[2]:
        found.append(_conflict(*part, seen))
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
    if found := re.fullmatch(r"(\d{1,3})([DWMY])", word(header, "PatientAge")):
        return int(found[1]) / UNITS_A_YEAR[found[2]]
    born = _date(header.get("PatientBirthDate"))
    taken = next(filter(None, map(_date, map(header.get, ("AcquisitionDate", "StudyDate", "SeriesDate")))), None)
    if not born or not taken or taken < born:
        return None
    return taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))  # birthdays, not days


def view(header: Dataset) -> View | None:
    """What the header calls the view; None where it does not tell, or in words of its own."""
    if (told := _view(header)) is None:
        return None
    _, value, meaning = told
    return PROJECTIONS.get(value, "lateral" if meaning == "lateral" else "frontal")


def sex(header: Dataset) -> Sex | None:
    """The patient's, as the header tells it."""
    return SEXES.get(word(header, "PatientSex"))


def _view(header: Dataset) -> Said | None:
    """What the header calls the view, and what that is: the code where the position says nothing."""
    position = word(header, "ViewPosition")
    if position in LATERAL or position in FRONTAL:
        return "ViewPosition", position, "lateral" if position in LATERAL else "frontal"
    code = _code(header, "ViewCodeSequence")
    if code in LATERAL_CODES or code in FRONTAL_CODES:
        return "ViewCodeSequence", code, "lateral" if code in LATERAL_CODES else "frontal"
    return None


def _body_part(header: Dataset) -> Said | None:
    """What the header calls the body part, and whether that is the chest: the code where the word says nothing."""
    part = word(header, "BodyPartExamined")
    if CHEST.search(part) or OTHER.search(part):
        return "BodyPartExamined", part, "chest" if CHEST.search(part) else "other"
    code = _code(header, "AnatomicRegionSequence")
    region = regions().get(code) if code else None
    if region is None or VAGUE_REGION.search(region):
        return None
    return "AnatomicRegionSequence", code, "chest" if CHEST_REGION.search(region) else "other"


@functools.cache
def regions() -> dict[str, str]:
    """AnatomicRegionSequence: SNOMED CT code to keyword. Source: PS3.16, CID 4031."""
    from pydicom.sr import codes  # here: all of DICOM's codes are loaded with it, which few films need

    return {getattr(codes.cid4031, name).value: name for name in codes.cid4031.dir()} | MORE_REGIONS


def _code(header: Dataset, keyword: str) -> str:
    """The first item's code, in SNOMED CT where it is one of the older SNOMED RT that have a counterpart."""
    items = header.get(keyword) or []
    value = str(items[0].get("CodeValue") or "") if items else ""
    if not value:
        return value
    from pydicom.sr.coding import Code  # here, as in regions

    older = Code(value, "SRT", "")
    return next(
        (each for each in (*LATERAL_CODES, *FRONTAL_CODES, *regions()) if older == Code(each, "SCT", "")), value
    )


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

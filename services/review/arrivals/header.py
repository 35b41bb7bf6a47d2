"""From the film's header, as the gateway keeps it, to what a worklist shows."""

import math
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from pydicom import Dataset

log = structlog.get_logger()

Json = dict[str, Any]


def read_header(found: Json) -> "Dataset":
    """A header in the DICOM JSON Model (PS3.18, F); an empty one where it cannot be read."""
    from pydicom import Dataset  # here and below: it is loaded with the first film, and not when the room opens

    try:
        return Dataset.from_json(found)
    except Exception as error:  # pydicom raises many kinds on what another version of the gateway may write
        log.warning("header not readable", error=type(error).__name__)
        return Dataset()


def columns(header: "Dataset") -> Json:
    """The columns of tables.Film that come from a header."""
    shown = {
        "sop_instance_uid": _text(header, "SOPInstanceUID", 64),
        "study_instance_uid": _text(header, "StudyInstanceUID", 64),
        "patient_name": _name(header),
        "patient_id": _text(header, "PatientID", 64),
        "birth_date": _date(header, "PatientBirthDate"),
        "sex": _text(header, "PatientSex", 1),
        "accession_number": _text(header, "AccessionNumber", 16),
        "study_date": _date(header, "StudyDate"),
        "study_time": _time(header),
        "modality": _text(header, "Modality", 16),
        "view_position": _text(header, "ViewPosition", 16),
        "scanner": " ".join(
            filter(None, (_text(header, word, 64) for word in ("Manufacturer", "ManufacturerModelName", "StationName")))
        )[:200],
        "spacing_mm": _spacing(header),
    }
    searched = (shown["patient_name"], shown["patient_id"], shown["accession_number"])
    return shown | {"search": " ".join(map(str, searched)).casefold()[:500]}


PATIENT_ID, ISSUER = "00100020", "00100021"
"""Tags. Source: PS3.3, C.7.1.1."""


def issuer(found: Json) -> str:
    """Who gave the patient's ID, as a header in the DICOM JSON Model says; "" where it does not."""
    return _first(found, ISSUER).casefold()


def patient_id(found: Json) -> str:
    """The patient's ID, as such a header says it; "" where it does not."""
    return _first(found, PATIENT_ID)


def _first(found: Json, tag: str) -> str:
    values = found.get(tag, {}).get("Value") or [""]
    return str(values[0]).strip()


def age(birth_date: str, study_date: str) -> str:
    """Whole years at the time of the study, or "" where that is not known; both dates YYYY-MM-DD."""
    found = years(birth_date, study_date)
    return "" if found is None else f"{found} y"


def years(birth_date: str, study_date: str) -> int | None:
    """The same as a number; None where it is not known."""
    try:
        born, studied = date.fromisoformat(birth_date), date.fromisoformat(study_date)
    except ValueError:
        return None
    found = studied.year - born.year - ((studied.month, studied.day) < (born.month, born.day))
    return found if 0 <= found < 150 else None


def _text(header: "Dataset", keyword: str, longest: int) -> str:
    from pydicom.multival import MultiValue

    value = header.get(keyword)
    if value is None or isinstance(value, MultiValue | list):
        return ""
    return "".join(each for each in str(value) if each.isprintable()).strip()[:longest]


def _name(header: "Dataset") -> str:
    """Family name, given name: as lists show it. Source: PS3.5, 6.2.1 (groups by =, parts by ^)."""
    groups = _text(header, "PatientName", 330).split("=")
    names = [", ".join(part for part in group.split("^")[:2] if part) for group in groups]
    return " / ".join(name for name in names if name)[:330]


def _date(header: "Dataset", keyword: str) -> str:
    """YYYY-MM-DD, or "" where it is no date."""
    value = _text(header, keyword, 10)
    try:
        return date.fromisoformat(value).isoformat()  # DICOM's YYYYMMDD is one of ISO's forms
    except ValueError:
        return ""


def _time(header: "Dataset") -> str:
    value = _text(header, "StudyTime", 16)
    return f"{value[:2]}:{value[2:4]}" if len(value) >= 4 and value[:4].isdigit() else ""


def _spacing(header: "Dataset") -> list[float] | None:
    """Between rows and between columns; that of the detector where the film has no other. Source: PS3.3, 10.7.1.3."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        try:
            rows, across = (float(each) for each in header.get(keyword) or ())
        except (TypeError, ValueError):
            continue
        if rows > 0 and across > 0 and math.isfinite(rows + across):
            return [rows, across]
    return None

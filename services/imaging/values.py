"""Whether a value of a film's header is one that the standard allows, or can be made one."""

import re
from collections.abc import Callable
from unicodedata import category

from pydicom import Dataset
from pydicom import config as pydicom_config
from pydicom.datadict import dictionary_VM, dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.valuerep import DA, TM, PersonName, format_number_as_ds, validate_value

from imaging.reading import BLANKS

TEXT = {"PN": 64, "LO": 64, "SH": 16, "CS": 16}
"""Representations that are text, and characters that they may have; a name, each group. Source: PS3.5, table 6.2-1."""

MAX_UID_CHARACTERS = 64
"""Source: PS3.5, 9.1."""

SINGLE = {"DA": DA, "TM": TM}
"""Representations that pydicom's own types read, which take no range."""

ALLOWED = {
    "PatientSex": ("", "M", "F", "O"),
    "Laterality": ("R", "L"),
    "ImageLaterality": ("R", "L", "U", "B"),
    "BurnedInAnnotation": ("YES", "NO"),
}
"""Enumerated values. Source: PS3.3, C.7.1.1, C.7.3.1, C.7.6.1."""

POSITIVE = ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio")
"""Source: PS3.3, 10.7.1.3 and C.7.6.3.1.7."""


def _age(text: str) -> str:
    """Three digits and a unit, which is years where none is told. Source: PS3.5, table 6.2-1."""
    found = re.fullmatch(r"(\d{1,3})\s*([DWMY]?)", text.upper())
    return f"{int(found[1]):03d}{found[2] or 'Y'}" if found else text


def _date(text: str) -> str:
    """YYYYMMDD, of a date with points (as ACR-NEMA had it), dashes or slashes, and of one with a time behind it."""
    found = re.fullmatch(r"(\d{4})([.\-/]?)(\d\d)\2(\d\d)(?:[ T]?\d{2}[\d:.]*)?", text)
    return found[1] + found[3] + found[4] if found else text


def _time(text: str) -> str:
    """HHMMSS, of a time with colons (as ACR-NEMA had it)."""
    found = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?", text)
    return "".join(part for part in found.groups() if part) if found else text


def _decimal(text: str) -> str:
    """With a point, and no more digits than the 16 characters that may be; many devices write more."""
    return format_number_as_ds(float(text.replace(",", ".")))


def _sex(text: str) -> str:
    """Of the first letter, where a word is written out; a value that means nothing else."""
    return {"MALE": "M", "FEMALE": "F", "OTHER": "O"}.get(text.upper(), text.upper())


Rewrite = Callable[[str], str]

REWRITTEN: dict[str, Rewrite] = {
    "AS": _age,
    "DA": _date,
    "TM": _time,
    "DS": _decimal,
    "PatientSex": _sex,
    "CS": str.upper,
}
"""Keyword or representation to how a value that a person can read is written by the standard."""


def keep(kept: Dataset, element: DataElement) -> None:
    """Take over a value that is valid, or can be made so by cutting; its representation is the dictionary's.

    How many values there may be is the dictionary's too: a name with a backslash in it is two, and no name.
    """
    try:
        representation = dictionary_VR(element.tag)
        values = list(element.value) if isinstance(element.value, MultiValue | list) else [element.value]
        if representation in TEXT:
            values = [_text(each, representation) for each in values]
        if rewrite := REWRITTEN.get(element.keyword) or REWRITTEN.get(representation):
            values = [rewrite(str(each).strip(BLANKS)) for each in values]
        if len(values) != int(dictionary_VM(element.tag)) or not all(_valid(element, each) for each in values):
            return
        kept.add_new(element.tag, representation, values if len(values) > 1 else values[0])
    except Exception:
        return


def _valid(element: DataElement, value: object) -> bool:
    """Whether it is one of those allowed; raises what pydicom raises for what it does not take."""
    representation = dictionary_VR(element.tag)
    if representation == "UI":  # leading zeros are against PS3.5, 9.1, but results must be filed where the film is
        return re.fullmatch(r"[0-9]+(\.[0-9]+)+", str(value)) is not None and len(str(value)) <= MAX_UID_CHARACTERS
    validate_value(representation, str(value) if representation == "IS" else value, pydicom_config.RAISE)
    if element.keyword in POSITIVE and float(str(value)) <= 0:
        return False
    if representation in SINGLE:
        SINGLE[representation](value)  # the validator lets ranges pass, which are for queries (PS3.5, table 6.2-1)
    return value in ALLOWED.get(element.keyword, (value,))


def _text(found: object, representation: str) -> str:
    """Without control characters, and as long as may be. A name has three groups of five parts (PS3.5, 6.2.1)."""
    if not isinstance(found, str | PersonName) or "\\" in str(found):
        raise ValueError("no text, or more than one")
    value = "".join(each for each in str(found) if category(each) != "Cc").strip()
    if representation == "PN":
        groups = value.split("=")[:3]
        return "=".join("^".join(group.split("^")[:5])[: TEXT["PN"]] for group in groups)
    return value[: TEXT[representation]]

"""The character set in which a header is written, also where it is misspelt or not told."""

import re
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.charset import convert_encodings, python_encoding
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

NUMBERED = re.compile(r"IR[ _-]*(\d+)$")
LATIN = re.compile(r"8859[ _-]*(\d+)$")

PARTS = {1: 100, 2: 101, 3: 109, 4: 110, 5: 144, 6: 127, 7: 126, 8: 138, 9: 148, 11: 166}
"""Part of ISO 8859 to its number in the registry. Source: PS3.3, table C.12-2."""

NAMES = {
    "UTF8": "ISO_IR 192",
    "ASCII": "ISO_IR 6",
    "LATIN1": "ISO_IR 100",
    "GB18030": "GB18030",
    "GBK": "GB18030",
    "GB2312": "GB18030",
    "EUCKR": "ISO 2022 IR 149",
    "KSC5601": "ISO 2022 IR 149",
}
"""What is written instead of a defined term, without blanks and signs."""

UNTOLD = ("", "ISO_IR 6", "ISO_IR 100")
"""Terms that devices write, or leave out, whatever follows."""


def mend(dataset: Dataset) -> None:
    """Have a data set's text read by what its character set means, before anybody asks for some of it."""
    told = dataset.get("SpecificCharacterSet") or ""
    terms = [defined(str(each)) for each in ([told] if isinstance(told, str) else told)]
    if len(terms) < 2 and terms[0] in UNTOLD and _utf_8(dataset):
        terms = ["ISO_IR 192"]
    implicit, little = dataset.original_encoding
    dataset.set_original_encoding(implicit, little, convert_encodings(terms))


def defined(told: str) -> str:
    """The defined term that is meant; what is told where that is unknown.

    Source:
        PS3.3, tables C.12-2 to C.12-5. Some sets have a term with code extensions alone; films that name the other one,
        which there is not, mean it.
    """
    text = told.strip().upper()
    found = NAMES.get(re.sub(r"[^A-Z0-9]", "", text))
    if found is None and (number := _number(text)):
        terms = (f"ISO 2022 IR {number}", f"ISO_IR {number}")
        found = next((each for each in (terms if "2022" in text else terms[::-1]) if each in python_encoding), None)
    return found or text


def _number(text: str) -> int | None:
    if match := LATIN.search(text):
        return PARTS.get(int(match[1]))
    return int(match[1]) if (match := NUMBERED.search(text)) else None


def _utf_8(dataset: Dataset) -> bool:
    """Whether all text that is not ASCII is UTF-8: hardly anything else is by chance."""
    try:
        return len([each.decode("utf-8") for each in _raw_texts(dataset) if not each.isascii()]) > 0
    except UnicodeDecodeError:
        return False


def _raw_texts(dataset: Dataset) -> Iterator[bytes]:
    for tag in dataset.keys():  # noqa: SIM118 - a data set iterates over elements, which reads them
        raw = dataset.get_item(tag)
        if isinstance(raw, RawDataElement) and isinstance(raw.value, bytes):
            representation = raw.VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else "")
            if representation in CUSTOMIZABLE_CHARSET_VR:
                yield raw.value

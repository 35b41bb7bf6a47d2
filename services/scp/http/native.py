"""The DICOM JSON Model as the Native DICOM Model, which is the same in XML."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from pydicom.datadict import keyword_for_tag

NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
"""Source: PS3.19, A.1.6."""


def to_xml(model: dict[str, Any]) -> str:
    """The XML of a data set of strings, numbers and sequences.

    Args:
        model: in the DICOM JSON Model (PS3.18, F.2).

    Source:
        PS3.19, A.1.5 and A.1.6.
    """
    root = Element("NativeDicomModel", {"xmlns": NAMESPACE, "xml:space": "preserve"})
    _add(root, model)
    return tostring(root, encoding="unicode", xml_declaration=True)


def _add(parent: Element, model: dict[str, Any]) -> None:
    for tag, attribute in sorted(model.items()):
        about = {"tag": tag, "vr": attribute["vr"], "keyword": keyword_for_tag(int(tag, 16))}
        element = SubElement(parent, "DicomAttribute", about)
        for number, value in enumerate(attribute.get("Value", []), 1):
            if attribute["vr"] == "SQ":
                _add(SubElement(element, "Item", {"number": str(number)}), value)
            else:
                SubElement(element, "Value", {"number": str(number)}).text = _text(value)


def _text(value: object) -> str:
    """Without control characters, which a hostile film's identifiers may have, and XML may not (XML 1.0, 2.2)."""
    return "".join(each for each in str(value) if each.isprintable())

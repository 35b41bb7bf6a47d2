"""Coded concepts, as a report holds them beside the words."""

from dataclasses import dataclass

OUR_SCHEME = "99CXRCASCADE"
"""Our own coding scheme. Source: PS3.16, 8.2: private schemes begin with 99."""


@dataclass(frozen=True)
class Code:
    """A concept of a coding scheme. PS3.3, 8.8: the value has 16 characters at most, the meaning 64."""

    value: str
    scheme: str
    meaning: str


def snomed(value: str, meaning: str) -> Code:
    """A concept of SNOMED CT (international edition)."""
    return Code(value, "SCT", meaning)


def dicom(value: str, meaning: str) -> Code:
    """A concept of DICOM's own (PS3.16, annex D); those of chest findings are in its context group 6102."""
    return Code(value, "DCM", meaning)


def loinc(value: str, meaning: str) -> Code:
    """A concept of LOINC."""
    return Code(value, "LN", meaning)


def ours(value: str, meaning: str) -> Code:
    """A concept of our own scheme, for what only we say."""
    return Code(value, OUR_SCHEME, meaning)

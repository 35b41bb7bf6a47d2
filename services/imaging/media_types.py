"""Media types that a film is sent under: the right ones, and what programs send in their place."""

import re
from collections.abc import Mapping
from typing import Literal

Kind = Literal["application/dicom", "image/png", "image/jpeg"]

UNDECLARED = {
    "",
    "*/*",
    "application/*",
    "image/*",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/force-download",
    "application/unknown",
    "application/x-download",
    "application/x-octet-stream",
    "application/x-unknown",
    "binary/octet-stream",
    "content/unknown",
    "text/plain",
    "unknown/unknown",
}
"""Media types that say nothing of a film: what browsers, curl (--data-binary), object stores and telephones send."""

KINDS: Mapping[str, Kind] = {
    "application/dicom": "application/dicom",
    "application/x-dicom": "application/dicom",
    "application/dcm": "application/dicom",
    "application/x-dcm": "application/dicom",
    "image/dicom": "application/dicom",
    "image/x-dicom": "application/dicom",
    "image/dcm": "application/dicom",
    "image/png": "image/png",
    "image/x-png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-jpeg": "image/jpeg",
    "image/x-jpg": "image/jpeg",
    "image/jfif": "image/jpeg",
}
"""Media types that name what a film can be: those that are registered (RFC 3240, RFC 2046, PNG
specification), and those that are sent in their place."""

MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
"""Of names that may be registered. Source: RFC 6838, 4.2."""


def media_type(declared: str) -> str:
    """The type that a Content-Type header names, without its parameters, in lower case; empty where there is none."""
    return declared.partition(";")[0].strip().lower()

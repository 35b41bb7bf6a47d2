"""Who a film is: the identifiers that ledger, spool and routes know it by; no patient attribute is among them."""

import hashlib
from dataclasses import dataclass
from io import BufferedReader
from typing import BinaryIO, cast

from pydicom import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from imaging.part10 import read_header
from scp.urgency import Rule, is_urgent

MAKER = "CXR Cascade"
"""Manufacturer of the objects that we write. Of the films that say so, only a secondary capture can be one of ours."""

TAGS = ["SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "Manufacturer"]
START_BYTES = 8 * 1024 * 1024
"""Of a file, within which its header ends: the longest films' have some hundred kilobytes."""

MAX_CHARACTERS = 64
"""Characters of a UID, and of a manufacturer's name. Source: PS3.5, table 6.2-1."""

NO_RULE: Rule = {}
"""By which no film is urgent."""


@dataclass(frozen=True)
class Film:
    """One received instance. What cannot be read from it is empty."""

    id: str
    """From the SOP Instance UID and the bytes: the same film sent again has the same one."""

    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    claims_to_be_ours: bool = False
    """Whether it says that it is an overlay of ours, come back: the ledger does not know those of other listeners."""
    urgent: bool = False
    """Whether its header makes it so."""

    @classmethod
    def at(cls, file: BinaryIO, urgent: Rule = NO_RULE) -> "Film":
        """The film in a Part 10 file.

        Args:
            file: at its begin.
            urgent: which films are.
        """
        digest = hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest()
        file.seek(0)
        return cls._of(file.read(START_BYTES), digest, urgent)

    @classmethod
    def of(cls, part10: bytes) -> "Film":
        """The film in the bytes of a Part 10 file."""
        return cls._of(part10[:START_BYTES], hashlib.sha256(part10).hexdigest(), NO_RULE)

    @classmethod
    def _of(cls, start: bytes, digest: str, urgent: Rule) -> "Film":
        dataset = _header(start)
        instance, storage, study, series, maker = (identifier(dataset, tag) for tag in TAGS)
        own = hashlib.sha256(f"{instance} {digest}".encode()).hexdigest()[:32]
        claims = maker == MAKER and storage == SecondaryCaptureImageStorage
        return cls(own, instance, storage, study, series, claims, is_urgent(dataset, urgent))


def header_at(file: BinaryIO) -> Dataset:
    """The attributes in a Part 10 file; none where they cannot be read."""
    return _header(file.read(START_BYTES))


def _header(start: bytes) -> Dataset:
    try:
        return read_header(start)
    except Exception:  # hostile bytes fail in many ways; the gateway will say better what is wrong
        return Dataset()


def identifier(header: Dataset, keyword: str) -> str:
    """An attribute as ledger and spool know it; empty where there is none."""
    return str(header.get(keyword) or "")[:MAX_CHARACTERS]

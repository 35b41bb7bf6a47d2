"""What can be written of a reading.

The libraries for it (highdicom, fhir.resources) are large, so they are loaded with the first that is to be written,
and not when a service starts.
"""

from datetime import datetime
from typing import Any

from pydicom import Dataset

from results.identity import Superseded
from results.reading import Answered, Reading
from results.schema import Convention


def write_sr(reading: Answered, earlier: Superseded | None = None) -> bytes:
    """See results.sr."""
    from results import sr

    return sr.write_sr(reading, earlier)


def write_lungs(reading: Reading, convention: Convention = "lungs") -> bytes:
    """See results.seg."""
    from results import seg

    return seg.write_lungs(reading, convention)


def write_overlay(reading: Reading) -> bytes:
    """See results.overlay."""
    from results import overlay

    return overlay.write_overlay(reading)


def write_fhir(reading: Answered, patient_system: str | None = None) -> bytes:
    """See results.fhir."""
    from results import fhir

    return fhir.write_fhir(reading, patient_system)


def write_oru(reading: Answered) -> bytes:
    """See results.oru."""
    from results import oru

    return oru.write_oru(reading)


def write_notice(header: Dataset, reason: str, created: datetime) -> bytes:
    """See results.notice."""
    from results import notice

    return notice.write_notice(header, reason, created)


def write_outcome(header: Dataset | None, reason: str, created: datetime, patient_system: str | None = None) -> bytes:
    """See results.fhir."""
    from results import fhir

    return fhir.write_outcome(header, reason, created, patient_system)


def write_oru_problem(header: Dataset, reason: str, created: datetime) -> bytes:
    """See results.oru."""
    from results import oru

    return oru.write_oru_problem(header, reason, created)


def transaction(bundle: bytes) -> dict[str, Any]:
    """See results.transaction."""
    from results import transaction as transactions

    return transactions.transaction(bundle)

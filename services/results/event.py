"""An assessment as an event: a small JSON message for a receiver that is told, and need not ask.

It holds no name and no ID of a patient. Its envelope is that of Standard Webhooks 1.0.0, "Payload structure".
"""

import uuid
from datetime import datetime
from typing import Literal

from pydicom import Dataset

from imaging.header import NAMESPACE
from results.measured import Measured
from results.reading import Answered
from results.schema import Assessment, Model, Outcome


class FilmIdentifiers(Model):
    """Which film it is, by DICOM keywords; null where the film does not tell, or cannot be read."""

    StudyInstanceUID: str | None = None
    SeriesInstanceUID: str | None = None
    SOPInstanceUID: str | None = None
    AccessionNumber: str | None = None

    @classmethod
    def of(cls, header: Dataset | None) -> "FilmIdentifiers":
        """From a film's header, from imaging.header."""
        known = header if header is not None else Dataset()
        return cls(**{keyword: str(known.get(keyword) or "") or None for keyword in cls.model_fields})


class Trouble(Model):
    """Why there is no result."""

    code: str
    title: str
    detail: str


class Told(Model):
    """What happened to a film."""

    outcome: Outcome
    film: FilmIdentifiers
    assessment: Assessment | Measured | None
    """As `GET /v1/assessments/{id}` gives it; null where the gateway never gave one."""
    problem: Trouble | None
    """Null unless the outcome is failed."""


class Event(Model):
    """The message."""

    id: str
    """The same for the same film and models, or the same film and trouble."""
    type: Literal["assessment.assessed", "assessment.refused", "assessment.failed"]
    timestamp: datetime
    """When it happened."""
    data: Told


def write_event(reading: Answered) -> bytes:
    """The event of an assessment, as JSON.

    Args:
        reading: the assessment; with the film's header, unless it is of a picture.
    """
    assessment = reading.assessment
    told = assessment.problem if isinstance(assessment, Assessment) else None
    problem = Trouble(code=told.code, title=told.title, detail=told.detail) if told else None
    name = reading.key or f"failed {problem.code if problem else assessment.outcome}"
    return _written(reading.header, name, assessment.created, assessment.outcome, assessment, problem)


def write_problem(header: Dataset | None, reason: str, created: datetime, film: str) -> bytes:
    """The event that a film was not assessed, or not in time, as JSON.

    Args:
        header: of the film, from imaging.header; None where it cannot be read.
        reason: a stable code, such as "gateway-away".
        created: now.
        film: what names the film where its header cannot be read.
    """
    detail = "The film was not assessed. It has not been read by the AI."
    problem = Trouble(code=reason, title="AI result not available", detail=detail)
    return _written(header, f"failed {reason} {film}", created, "failed", None, problem)


def _written(
    header: Dataset | None,
    name: str,
    created: datetime,
    outcome: Outcome,
    assessment: Assessment | Measured | None,
    problem: Trouble | None,
) -> bytes:
    film = FilmIdentifiers.of(header)
    own = str(uuid.uuid5(NAMESPACE, f"{film.SOPInstanceUID or ''} {name} event"))
    told = Told(outcome=outcome, film=film, assessment=assessment, problem=problem)
    event = Event.model_validate({"id": own, "type": f"assessment.{outcome}", "timestamp": created, "data": told})
    return event.model_dump_json(by_alias=True).encode()

"""An assessment as a FHIR R4 Bundle, for records that do not read DICOM."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fhir.resources.R4B.operationoutcome import OperationOutcome
from pydicom import Dataset

from results import codes as concepts
from results.cautioned import cautioned
from results.certainty import unsure
from results.identity import RESEARCH
from results.number_fhir import number_record
from results.reading import Answered, NumberReading
from results.record import Record, refused, resources
from results.resources import CHEST_FILM, About, bundle, coding, observation, patient_and_study
from results.schema import Assessment
from vocabulary.problems.chest import CHEST

UNIT = {"system": "http://unitsofmeasure.org", "code": "1", "unit": "1"}


def write_fhir(reading: Answered, patient_system: str | None = None) -> bytes:
    """The Bundle of an assessment, as JSON; of a failed one, an OperationOutcome.

    The report is preliminary: no doctor has confirmed it. A refused film's observation has no value but the reason why.
    It is of the time when the film was taken (FHIR R4, Event pattern), and issued when it was assessed.

    Args:
        reading: the assessment, with the film's header.
        patient_system: URI of the system of this hospital's patient IDs.
    """
    about = About(reading.header, reading.key, reading.assessment.created, patient_system)
    if isinstance(reading, NumberReading):
        record = number_record(reading.assessment, about)
    elif reading.assessment.outcome == "failed":
        code = reading.assessment.problem.code if reading.assessment.problem else "failed"
        return write_outcome(reading.header, code, reading.assessment.created, patient_system)
    else:
        record = _record(reading.assessment, about)
    return bundle(list(resources(reading, about, record)), reading.assessment.created)


def write_outcome(header: Dataset | None, reason: str, created: datetime, patient_system: str | None = None) -> bytes:
    """The Bundle that says that there is no AI result.

    Args:
        header: of the film, from imaging.header; None for a picture.
        reason: a stable code, such as "gateway-away".
        created: now.
        patient_system: as for write_fhir.
    """
    details = {"coding": [coding(concepts.NOT_AVAILABLE)], "text": "AI result not available"}
    diagnostics = f"The film was not assessed ({reason}). It has not been read by the AI."
    issue = {"severity": "error", "code": "incomplete", "details": details, "diagnostics": diagnostics}
    about = About(header, reason, created, patient_system)
    outcome = OperationOutcome(id=about.id("outcome"), issue=[issue])
    return bundle([outcome, *patient_and_study(about)], created)


def _record(assessment: Assessment, about: About) -> Record:
    notes = [each.detail for each in assessment.cautions]
    return Record(CHEST, CHEST_FILM, list(_observations(assessment, about)), _conclusion(assessment), notes)


def _observations(assessment: Assessment, about: About) -> Iterator[dict[str, Any]]:
    """What each observation says."""
    if assessment.refusal and assessment.outcome == "refused":
        yield refused(about, assessment.refusal)
    for name, probability in {**(assessment.classes or {}), **(assessment.findings or {})}.items():
        value = {"valueQuantity": UNIT | {"value": round(probability, 4)}}
        yield observation(about, name, concepts.probability(name, assessment.declared)) | value
    if assessment.lungs:
        value = {"valueQuantity": UNIT | {"value": round(assessment.lungs.quality, 4)}}
        yield observation(about, "lung quality", concepts.LUNG_QUALITY) | value
    if assessment.outcome != "assessed":
        return  # without any value, so that nobody takes one for a finding
    for concept, detail in cautioned(assessment):
        caution = {"valueCodeableConcept": {"coding": [coding(concept)], "text": detail}}
        yield observation(about, f"caution {concept.value}", concepts.CAUTION) | caution


def _conclusion(assessment: Assessment) -> str:
    """For a person."""
    parts = [RESEARCH]
    if assessment.refusal and assessment.outcome == "refused":
        parts.append(f"AI result not available: {assessment.refusal.detail}")
    elif assessment.classes:
        told = (f"{name.replace('_', ' ')} {probability:.2f}" for name, probability in assessment.classes.items())
        parts.append(f"Probabilities: {', '.join(told)}.")
        parts += [said] if (said := unsure(assessment.possible_classes)) else []
    parts += [f"Conflict: {each.detail}" for each in assessment.conflicts]
    parts += [f"Caution: {each.detail}" for each in assessment.cautions]
    return " ".join(parts)

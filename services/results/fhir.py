"""An assessment as a FHIR R4 Bundle, for records that do not read DICOM."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.operationoutcome import OperationOutcome
from pydicom import Dataset

from results import codes as concepts
from results.cautioned import cautioned
from results.certainty import unsure
from results.identity import MAKER, RESEARCH, Identity, release
from results.reading import Reading
from results.resources import (
    CHEST_FILM,
    OWN,
    RADIOLOGY,
    About,
    bundle,
    coding,
    dicom_uid,
    link,
    observation,
    patient_and_study,
)
from results.schema import Assessment
from vocabulary.stages import STAGES

NOT_PERFORMED = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}
UNIT = {"system": "http://unitsofmeasure.org", "code": "1", "unit": "1"}


def write_fhir(reading: Reading, patient_system: str | None = None) -> bytes:
    """The Bundle of an assessment, as JSON; of a failed one, an OperationOutcome.

    The report is preliminary: no doctor has confirmed it. A refused film's observation has no value but the reason why.
    It is of the time when the film was taken (FHIR R4, Event pattern), and issued when it was assessed.

    Args:
        reading: the assessment, with the film's header.
        patient_system: URI of the system of this hospital's patient IDs.
    """
    assessment = reading.assessment
    if assessment.outcome == "failed":
        code = assessment.problem.code if assessment.problem else "failed"
        return write_outcome(reading.header, code, assessment.created, patient_system)
    return bundle(list(_resources(reading, patient_system)), reading.assessment.created)


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


def _resources(reading: Reading, patient_system: str | None) -> Iterator[Any]:
    assessment = reading.assessment
    about = About(reading.header, reading.key, assessment.created, patient_system)
    devices = [_device(about, stage, version) for stage, version in assessment.models.items()]
    context = list(patient_and_study(about))
    links = {kind: link(each) for each in context for kind in [each.get_resource_type()]}
    subject = {"subject": links["Patient"]} if "Patient" in links else {}
    notes = [{"text": text} for text in (RESEARCH, *(each.detail for each in assessment.cautions))]  # each read alone
    common = {"status": "preliminary", "device": link(devices[-1]), "note": notes, **about.times()}
    observations = [Observation(**each, **subject, **common) for each in _observations(assessment, about)]
    yield DiagnosticReport(
        id=about.id("report"),
        identifier=_identifiers(reading, about),
        status="preliminary",
        category=[{"coding": [RADIOLOGY]}],
        code={"coding": [CHEST_FILM]},
        result=[link(each) for each in observations],
        conclusion=_conclusion(assessment),
        **about.times(),
        **about.order(),
        **subject,
        **({"imagingStudy": [links["ImagingStudy"]]} if "ImagingStudy" in links else {}),
    )
    yield from (*observations, *devices, *context)


def _observations(assessment: Assessment, about: About) -> Iterator[dict[str, Any]]:
    """What each observation says."""
    if assessment.refusal and assessment.outcome == "refused":
        reason = {"coding": [NOT_PERFORMED], "text": assessment.refusal.detail}
        yield observation(about, "refusal", concepts.NOT_AVAILABLE) | {"dataAbsentReason": reason}
    for name, probability in {**(assessment.classes or {}), **(assessment.findings or {})}.items():
        value = {"valueQuantity": UNIT | {"value": round(probability, 4)}}
        yield observation(about, name, concepts.probability(name)) | value
    if assessment.lungs:
        value = {"valueQuantity": UNIT | {"value": round(assessment.lungs.quality, 4)}}
        yield observation(about, "lung quality", concepts.LUNG_QUALITY) | value
    if assessment.outcome != "assessed":
        return  # without any value, so that nobody takes one for a finding
    for concept, detail in cautioned(assessment):
        caution = {"valueCodeableConcept": {"coding": [coding(concept)], "text": detail}}
        yield observation(about, f"caution {concept.value}", concepts.CAUTION) | caution


def _identifiers(reading: Reading, about: About) -> list[dict[str, str]]:
    """Of the structured report that says the same, by which a reader's amendment names this one; and its own."""
    same = [dicom_uid(Identity.of(reading).uid("report"))] if reading.header is not None else []
    return [*same, about.identifier("report")]


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


def _device(about: About, stage: str, version: str) -> Device:
    return Device(
        id=about.id(f"device {stage}"),
        identifier=[{"system": f"{OWN}device", "value": f"{stage} {version} {release()}"}],
        manufacturer=MAKER,
        deviceName=[{"name": f"{MAKER} {stage}", "type": "model-name"}],
        version=[{"value": version}, {"type": CodeableConcept(text="software"), "value": release()}],
        note=[{"text": f"Stage {STAGES.index(stage) + 1 if stage in STAGES else '?'} of {len(STAGES)}. {RESEARCH}"}],
    )

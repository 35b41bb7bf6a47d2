"""An assessment as a FHIR R4 Bundle, for records that do not read DICOM.

R4B's DiagnosticReport, Observation, Device, Patient, ImagingStudy and OperationOutcome are those of R4 (R4B, 2.2).
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fhir.resources.R4B.bundle import Bundle, BundleEntry
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.imagingstudy import ImagingStudy
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.patient import Patient
from highdicom.sr import CodedConcept
from pydicom import Dataset

from results import codes as concepts
from results.header import NAMESPACE
from results.identity import MAKER, RESEARCH, STAGES, release
from results.reading import Reading
from results.schema import Assessment

SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    concepts.SCHEME: "urn:cxr-cascade:codes",
}
"""DICOM coding scheme to FHIR code system. Source: PS3.16, table 8-1; FHIR R4, 4.3."""

CHEST_FILM = {"system": "http://loinc.org", "code": "36554-4", "display": "XR Chest Single view"}
IMAGING = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "imaging"}
RADIOLOGY = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}
NOT_PERFORMED = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}
UNIT = {"system": "http://unitsofmeasure.org", "code": "1", "unit": "1"}


@dataclass(frozen=True)
class About:
    """What resources are about, and what makes their ids the same for the same film and models."""

    header: Dataset | None
    entropy: str
    made: datetime

    def id(self, what: str) -> str:
        """Of one resource."""
        film = str(self.header.SOPInstanceUID) if self.header is not None else ""
        return str(uuid.uuid5(NAMESPACE, f"{film} {self.entropy} {what}"))


def write_fhir(reading: Reading) -> bytes:
    """The Bundle of an assessment, as JSON; of a failed one, an OperationOutcome.

    The report is preliminary: no doctor has confirmed it. A refused film's observation has no value but the reason why.
    """
    assessment = reading.assessment
    if assessment.outcome == "failed":
        code = assessment.problem.code if assessment.problem else "failed"
        return write_outcome(reading.header, code, assessment.created)
    return _bundle(list(_resources(reading)), reading.assessment.created)


def write_outcome(header: Dataset | None, reason: str, created: datetime) -> bytes:
    """The Bundle that says that there is no AI result.

    Args:
        header: of the film, from results.header; None for a picture.
        reason: a stable code, such as "gateway-away".
        created: now.
    """
    details = {"coding": [_coding(concepts.NOT_AVAILABLE)], "text": "AI result not available"}
    diagnostics = f"The film was not assessed ({reason}). It has not been read by the AI."
    issue = {"severity": "error", "code": "incomplete", "details": details, "diagnostics": diagnostics}
    about = About(header, reason, created)
    outcome = OperationOutcome(id=about.id("outcome"), issue=[issue])
    return _bundle([outcome, *_context(about)], created)


def _resources(reading: Reading) -> Iterator[Any]:
    assessment, made = reading.assessment, reading.assessment.created
    about = About(reading.header, reading.key, made)
    devices = [_device(about, stage, version) for stage, version in assessment.models.items()]
    context = list(_context(about))
    links = {kind: _to(each) for each in context for kind in [each.get_resource_type()]}
    subject = {"subject": links["Patient"]} if "Patient" in links else {}
    observations = [
        Observation(**each, **subject, status="preliminary", effectiveDateTime=made, device=_to(devices[-1]))
        for each in _observations(assessment, about)
    ]
    yield DiagnosticReport(
        id=about.id("report"),
        status="preliminary",
        category=[{"coding": [RADIOLOGY]}],
        code={"coding": [CHEST_FILM]},
        effectiveDateTime=made,
        issued=made,
        result=[_to(each) for each in observations],
        conclusion=_conclusion(assessment),
        **subject,
        **({"imagingStudy": [links["ImagingStudy"]]} if "ImagingStudy" in links else {}),
    )
    yield from (*observations, *devices, *context)


def _observations(assessment: Assessment, about: About) -> Iterator[dict[str, Any]]:
    """What each observation says."""
    if assessment.refusal:
        reason = {"coding": [NOT_PERFORMED], "text": assessment.refusal.detail}
        yield _observation(about.id("refusal"), concepts.NOT_AVAILABLE) | {"dataAbsentReason": reason}
    for name, probability in {**(assessment.classes or {}), **(assessment.findings or {})}.items():
        value = {"valueQuantity": UNIT | {"value": round(probability, 4)}}
        yield _observation(about.id(name), concepts.probability(name)) | value
    if assessment.lungs:
        value = {"valueQuantity": UNIT | {"value": round(assessment.lungs.quality, 4)}}
        yield _observation(about.id("lung quality"), concepts.LUNG_QUALITY) | value


def _observation(identifier: str, concept: CodedConcept) -> dict[str, Any]:
    code = {"coding": [_coding(concept)], "text": concept.meaning}
    return {"id": identifier, "category": [{"coding": [IMAGING]}], "code": code, "note": [{"text": RESEARCH}]}


def _conclusion(assessment: Assessment) -> str:
    """For a person."""
    parts = [RESEARCH]
    if assessment.refusal:
        parts.append(f"AI result not available: {assessment.refusal.detail}")
    elif assessment.classes:
        told = (f"{name.replace('_', ' ')} {probability:.2f}" for name, probability in assessment.classes.items())
        parts.append(f"Probabilities: {', '.join(told)}.")
    parts += [f"Conflict: {each.detail}" for each in assessment.conflicts]
    parts += [f"Caution: {each.detail}" for each in assessment.cautions]
    return " ".join(parts)


def _device(about: About, stage: str, version: str) -> Device:
    return Device(
        id=about.id(f"device {stage}"),
        manufacturer=MAKER,
        deviceName=[{"name": f"{MAKER} {stage}", "type": "model-name"}],
        version=[{"value": version}, {"type": CodeableConcept(text="software"), "value": release()}],
        note=[{"text": f"Stage {STAGES.index(stage) + 1 if stage in STAGES else '?'} of {len(STAGES)}. {RESEARCH}"}],
    )


def _context(about: About) -> Iterator[Any]:
    """Patient and study, by their identifiers; none for a picture."""
    header = about.header
    if header is None:
        return
    subject: dict[str, Any] = {"display": "patient unknown"}
    if header.PatientID:
        known = {"value": str(header.PatientID)}
        if header.get("IssuerOfPatientID"):
            known["assigner"] = {"display": str(header.IssuerOfPatientID)}  # type: ignore[assignment]
        patient = Patient(id=about.id("patient"), identifier=[known])
        subject = _to(patient)
        yield patient
    yield ImagingStudy(
        id=about.id("study"),
        identifier=[{"system": "urn:dicom:uid", "value": f"urn:oid:{header.StudyInstanceUID}"}],
        status="available",
        subject=subject,
        series=[
            {
                "uid": str(header.SeriesInstanceUID),
                "modality": {"system": SYSTEMS["DCM"], "code": str(header.get("Modality") or "CR")},
                "instance": [
                    {
                        "uid": str(header.SOPInstanceUID),
                        "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{header.SOPClassUID}"},
                    }
                ],
            }
        ],
    )


def _bundle(resources: list[Any], made: datetime) -> bytes:
    entries = [BundleEntry(fullUrl=f"urn:uuid:{each.id}", resource=each) for each in resources]
    bundle = Bundle(type="collection", timestamp=made, entry=entries)
    return bundle.model_dump_json(exclude_none=True).encode()


def _to(resource: Any) -> dict[str, str]:
    return {"reference": f"urn:uuid:{resource.id}"}


def _coding(concept: CodedConcept) -> dict[str, str]:
    return {
        "system": SYSTEMS[concept.scheme_designator],
        "code": concept.value,
        "display": concept.meaning,
    }

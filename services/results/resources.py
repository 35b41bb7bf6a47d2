"""What all our FHIR Bundles are made of: codes, references, the patient and the study.

R4B's DiagnosticReport, Observation, Device, Patient, ImagingStudy, Practitioner and OperationOutcome are those of R4
(R4B, 2.2).
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fhir.resources.R4B.bundle import Bundle, BundleEntry
from fhir.resources.R4B.imagingstudy import ImagingStudy
from fhir.resources.R4B.patient import Patient
from highdicom.sr import CodedConcept
from pydicom import Dataset

from imaging.header import NAMESPACE
from vocabulary.code import OUR_SCHEME

SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    OUR_SCHEME: "urn:cxr-cascade:codes",
}
"""DICOM coding scheme to FHIR code system. Source: PS3.16, table 8-1; FHIR R4, 4.3."""

CHEST_FILM = {"system": "http://loinc.org", "code": "36554-4", "display": "XR Chest Single view"}
IMAGING = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "imaging"}
RADIOLOGY = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}


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


def patient_and_study(about: About) -> Iterator[Any]:
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
        subject = link(patient)
        yield patient
    yield ImagingStudy(
        id=about.id("study"),
        identifier=[dicom_uid(header.StudyInstanceUID)],
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


def observation(identifier: str, concept: CodedConcept) -> dict[str, Any]:
    """What every observation has; code in words too.

    Args:
        identifier: of the resource.
        concept: what is observed.
    """
    code = {"coding": [coding(concept)], "text": concept.meaning}
    return {"id": identifier, "category": [{"coding": [IMAGING]}], "code": code}


def bundle(resources: list[Any], made: datetime) -> bytes:
    """A Bundle of resources, as JSON; it is kept as it is where it is sent (FHIR R4, 2.36: collection)."""
    entries = [BundleEntry(fullUrl=f"urn:uuid:{each.id}", resource=each) for each in resources]
    made_of = Bundle(type="collection", timestamp=made, entry=entries)
    return made_of.model_dump_json(exclude_none=True).encode()


def dicom_uid(value: str) -> dict[str, str]:
    """A UID as an identifier. Source: FHIR R4, ImagingStudy.identifier."""
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{value}"}


def link(resource: Any) -> dict[str, str]:
    """A reference to another resource of the same Bundle."""
    return {"reference": f"urn:uuid:{resource.id}"}


def coding(concept: CodedConcept) -> dict[str, str]:
    """A concept as FHIR has it."""
    return {
        "system": SYSTEMS[concept.scheme_designator],
        "code": concept.value,
        "display": concept.meaning,
    }

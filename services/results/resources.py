"""What all our FHIR Bundles are made of: codes, references, the patient and the study.

R4B's DiagnosticReport, Observation, Device, Patient, ImagingStudy, Practitioner and OperationOutcome are those of R4
(R4B, 2.2).
"""

import re
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
from results.codes import concept
from results.moments import begun, taken
from vocabulary.code import OUR_SCHEME
from vocabulary.problems.chest import CHEST

SYSTEMS = {
    "SCT": "http://snomed.info/sct",
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "LN": "http://loinc.org",
    "UCUM": "http://unitsofmeasure.org",
    "RADLEX": "http://radlex.org",
    OUR_SCHEME: "urn:cxr-cascade:codes",
}
"""DICOM coding scheme to FHIR code system. Source: PS3.16, table 8-1; FHIR R4, 4.3; RadLex by HL7 Terminology."""

IMAGING = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "imaging"}
RADIOLOGY = {"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "RAD"}

IDENTIFIERS = "http://terminology.hl7.org/CodeSystem/v2-0203"
PATIENT_ID = {"coding": [{"system": IDENTIFIERS, "code": "MR", "display": "Medical record number"}]}
ACCESSION_NUMBER = {"coding": [{"system": IDENTIFIERS, "code": "ACSN", "display": "Accession ID"}]}
"""Types of identifiers. Source: HL7 v2, table 0203; FHIR R4, ImagingStudy.identifier."""

OWN = "urn:cxr-cascade:"
"""Start of the systems of our own identifiers."""

AI = "ai"
"""The author that is no reader."""

OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


@dataclass(frozen=True)
class About:
    """What resources are about, and what makes their ids the same for the same film and models."""

    header: Dataset | None
    entropy: str
    made: datetime
    patient_system: str | None = None
    """Of the IDs of patients whose film names no issuer of them."""
    author: str = AI
    """Who says it."""

    def id(self, what: str) -> str:
        """Of one resource."""
        return str(uuid.uuid5(NAMESPACE, f"{self._film_uid} {self.entropy} {what}"))

    def identifier(self, kind: str, what: str = "") -> dict[str, str]:
        """What names one resource for ever, whatever this author says of the film later: a server updates it by that.

        Args:
            kind: of resource, such as "observation".
            what: which one of them.
        """
        return lasting(kind, self._film_uid or self.entropy, self.author, what)

    def times(self) -> dict[str, Any]:
        """Of a report or an observation: when the film was taken, where that is known, and when this was made."""
        known = taken(self.header) if self.header is not None else None
        return {"issued": self.made} | ({"effectiveDateTime": known.fhir()} if known else {})

    def order(self) -> dict[str, Any]:
        """The order that a report or a study is based on, by the accession number: nobody knows more of it."""
        number = self._accession_number()
        return {"basedOn": [{"type": "ServiceRequest", "identifier": number}]} if number else {}

    def study_identifiers(self) -> list[dict[str, Any]]:
        """The study's UID, and the number by which radiology systems know it."""
        number = self._accession_number()
        return [dicom_uid(self._film.StudyInstanceUID), *([number] if number else [])]

    def patient_identifier(self) -> dict[str, Any] | None:
        """The patient's ID, with the system of whoever issued it, where that is known."""
        if not self._film.PatientID:
            return None
        known = {"type": PATIENT_ID, "value": str(self._film.PatientID)}
        issuer = str(self._film.get("IssuerOfPatientID") or "")
        system = (f"urn:oid:{issuer}" if OID.fullmatch(issuer) else None) if issuer else self.patient_system
        return known | ({"system": system} if system else {}) | ({"assigner": {"display": issuer}} if issuer else {})

    def _accession_number(self) -> dict[str, Any] | None:
        number = str(self.header.AccessionNumber) if self.header is not None else ""
        return {"type": ACCESSION_NUMBER, "value": number} if number else None

    @property
    def _film_uid(self) -> str:
        return str(self.header.SOPInstanceUID) if self.header is not None else ""

    @property
    def _film(self) -> Dataset:
        assert self.header is not None  # noqa: S101 - for the type checker: pictures have neither patient nor study
        return self.header


def patient_and_study(about: About) -> Iterator[Any]:
    """Patient and study, by their identifiers; none for a picture."""
    header = about.header
    if header is None:
        return
    subject: dict[str, Any] = {"display": "patient unknown"}
    if known := about.patient_identifier():
        patient = Patient(id=about.id("patient"), identifier=[known])
        subject = link(patient)
        yield patient
    yield ImagingStudy(
        id=about.id("study"),
        identifier=about.study_identifiers(),
        status="available",
        subject=subject,
        started=_started(header, "Study"),
        **about.order(),
        series=[
            {
                "uid": str(header.SeriesInstanceUID),
                "started": _started(header, "Series"),
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


def _started(header: Dataset, what: str) -> str | None:
    moment = begun(header, what)
    return moment.fhir() if moment else None


def observation(about: About, what: str, observed: CodedConcept) -> dict[str, Any]:
    """What every observation has; code in words too.

    Args:
        about: what it is about.
        what: which of the observations of this film and author it is.
        observed: its concept.
    """
    code = {"coding": [coding(observed)], "text": observed.meaning}
    known = {"id": about.id(what), "identifier": [about.identifier("observation", what)]}
    return known | {"category": [{"coding": [IMAGING]}], "code": code}


def lasting(kind: str, film: str, author: str = AI, what: str = "") -> dict[str, str]:
    """An identifier of ours that an author's resource on a film has for ever."""
    return {"system": f"{OWN}{kind}", "value": str(uuid.uuid5(NAMESPACE, f"{film} {author} {what}"))}


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


def coding(coded: CodedConcept) -> dict[str, str]:
    """A concept as FHIR has it."""
    return {"system": SYSTEMS[coded.scheme_designator], "code": coded.value, "display": coded.meaning}


CHEST_FILM = coding(concept(CHEST.report))
"""What a report of a chest film is of."""

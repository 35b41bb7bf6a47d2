"""A FHIR report with its observations and devices, whatever they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation

from results import codes as concepts
from results.identity import MAKER, RESEARCH, Identity, release
from results.reading import Answered
from results.resources import OWN, RADIOLOGY, About, dicom_uid, link, observation, patient_and_study
from results.schema import Refusal
from vocabulary.problems.problem import Problem

NOT_PERFORMED = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}


@dataclass(frozen=True)
class Record:
    """What is said of a film."""

    problem: Problem
    code: dict[str, str]
    """Of the report."""
    observations: list[dict[str, Any]]
    """What each observation says."""
    conclusion: str
    """For a person."""
    notes: list[str]
    """Of each observation: it is read alone."""


def refused(about: About, refusal: Refusal) -> dict[str, Any]:
    """The observation of a refused film: no value, but the reason why."""
    reason = {"coding": [NOT_PERFORMED], "text": refusal.detail}
    return observation(about, "refusal", concepts.NOT_AVAILABLE) | {"dataAbsentReason": reason}


def resources(reading: Answered, about: About, record: Record) -> Iterator[Any]:
    """All that belongs to a report, the report first."""
    models = reading.assessment.models
    devices = [_device(about, record.problem.stages, stage, version) for stage, version in models.items()]
    context = list(patient_and_study(about))
    links = {kind: link(each) for each in context for kind in [each.get_resource_type()]}
    subject = {"subject": links["Patient"]} if "Patient" in links else {}
    notes = [{"text": text} for text in (RESEARCH, *record.notes)]
    common = {"status": "preliminary", "device": link(devices[-1]), "note": notes, **about.times()}
    observations = [Observation(**each, **subject, **common) for each in record.observations]
    yield DiagnosticReport(
        id=about.id("report"),
        identifier=_identifiers(reading, about),
        status="preliminary",
        category=[{"coding": [RADIOLOGY]}],
        code={"coding": [record.code]},
        result=[link(each) for each in observations],
        conclusion=record.conclusion,
        **about.times(),
        **about.order(),
        **subject,
        **({"imagingStudy": [links["ImagingStudy"]]} if "ImagingStudy" in links else {}),
    )
    yield from (*observations, *devices, *context)


def _identifiers(reading: Answered, about: About) -> list[dict[str, str]]:
    """Of the structured report that says the same, by which a reader's amendment names this one; and its own."""
    same = [dicom_uid(Identity.of(reading).uid("report"))] if reading.header is not None else []
    return [*same, about.identifier("report")]


def _device(about: About, stages: tuple[str, ...], stage: str, version: str) -> Device:
    place = stages.index(stage) + 1 if stage in stages else "?"
    return Device(
        id=about.id(f"device {stage}"),
        identifier=[{"system": f"{OWN}device", "value": f"{stage} {version} {release()}"}],
        manufacturer=MAKER,
        deviceName=[{"name": f"{MAKER} {stage}", "type": "model-name"}],
        version=[{"value": version}, {"type": CodeableConcept(text="software"), "value": release()}],
        note=[{"text": f"Stage {place} of {len(stages)}. {RESEARCH}"}],
    )

"""A reader's opinion as a FHIR R4 Bundle.

One reader's report on one film has one id and one identifier for ever: an opinion that is changed is a newer version of
the same report, and one that is withdrawn is the same report, entered in error. It is never more than preliminary:
amended and corrected are for reports that were final before, and final is for what an authorized person has verified
(FHIR R4, DiagnosticReportStatus), which for research nobody does.
"""

from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B.diagnosticreport import DiagnosticReport
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.practitioner import Practitioner
from highdicom.sr import CodedConcept
from pydicom import Dataset

from results import codes as concepts
from results.amendment import RESEARCH, Amendment, Said
from results.amendment_number import of_the_reader, said_by_the_ai
from results.amendment_sr import answers, identity, sees
from results.identity import Superseded
from results.number_fhir import quantified
from results.resources import (
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

ADDENDUM_OF = "http://hl7.org/fhir/StructureDefinition/diagnosticReport-addendumOf"
"""Extension of R4's own: the report that this one says more about."""

REPORTS, READERS = f"{OWN}reader-report", f"{OWN}reader"
"""Systems of our identifiers."""


def write_amendment_bundle(
    film: Dataset, amendment: Amendment, answer: Superseded, patient_system: str | None = None
) -> bytes:
    """The Bundle of a reader's opinion, or of its being withdrawn, as JSON.

    Args:
        film: from amendment_sr.read_film.
        amendment: what the reader says.
        answer: the AI's structured report, which the AI's DiagnosticReport has the UID of as its identifier.
        patient_system: URI of the system of this hospital's patient IDs.
    """
    author = f"reader {amendment.reader.id}"
    about = About(film, author, amendment.at, patient_system, author)
    return bundle(list(_resources(about, film, amendment, answer)), amendment.at)


def _resources(about: About, film: Dataset, amendment: Amendment, answer: Superseded) -> Iterator[Any]:
    reader = Practitioner(
        id=about.id("reader"),
        identifier=[{"system": READERS, "value": amendment.reader.id}],
        name=[{"text": amendment.reader.name}],
    )
    context = list(patient_and_study(about))
    links = {each.get_resource_type(): link(each) for each in context}
    common = about.times() | ({"subject": links["Patient"]} if "Patient" in links else {})
    observations = [
        Observation(**each, **common, status="preliminary", performer=[link(reader)], note=[{"text": RESEARCH}])
        for each in (_observations(amendment, amendment.said, about) if amendment.said else ())
    ]
    yield DiagnosticReport(
        id=about.id("report"),
        identifier=[
            {"system": REPORTS, "value": about.id("report")},
            dicom_uid(identity(film, amendment).uid("report")),
        ],
        extension=[{"url": ADDENDUM_OF, "valueReference": _report(answer)}],
        status="preliminary" if amendment.said else "entered-in-error",
        category=[{"coding": [RADIOLOGY]}],
        code={"coding": [coding(concepts.concept(amendment.problem.report))]},
        resultsInterpreter=[link(reader)],
        result=[link(each) for each in observations] or None,
        conclusion=_conclusion(amendment),
        conclusionCode=_seen(amendment) or None,
        imagingStudy=[links["ImagingStudy"]],
        **about.order(),
        **common,
    )
    yield from (*observations, reader, *context)


def _report(answer: Superseded) -> dict[str, Any]:
    return {"type": "DiagnosticReport", "identifier": dicom_uid(answer.sop_instance_uid)}


def _observations(amendment: Amendment, said: Said, about: About) -> Iterator[dict[str, Any]]:
    if number := of_the_reader(amendment):
        yield quantified(about, amendment.problem.name, number)
    declared = amendment.declared
    told = [*answers(said, declared), *((concepts.FINDING, condition) for _, condition in sees(said, declared))]
    for question, value in told:
        several = question in (concepts.FINDING, concepts.POSSIBLE)
        name = f"{question.value} {value.value}" if several else question.value
        yield observation(about, name, question) | {"valueCodeableConcept": _concept(value)}
    if said.comment:
        # As a string: a note is Markdown, which what a reader types is not (FHIR R4, Annotation.text).
        yield observation(about, "comment", concepts.COMMENT) | {"valueString": said.comment}


def _seen(amendment: Amendment) -> list[dict[str, Any]]:
    said = amendment.said
    return [_concept(condition) for _, condition in sees(said, amendment.declared)] if said else []


def _concept(concept: CodedConcept) -> dict[str, Any]:
    return {"coding": [coding(concept)], "text": concept.meaning}


def _conclusion(amendment: Amendment) -> str:
    """For a person; in our own words only."""
    said = amendment.said
    if said is None:
        return f"Withdrawn: what this reader said of this film before no longer stands. {RESEARCH}"
    number = of_the_reader(amendment)
    parts = [
        RESEARCH,
        *([f"{amendment.problem.title} as the reader sees it: {number.value:g} {number.word}."] if number else ()),
        *said_by_the_ai(amendment),
        *(f"{question.meaning}: {value.meaning}." for question, value in answers(said, amendment.declared)),
    ]
    if said.shapes:
        parts.append(f"Places drawn on the film: {len(said.shapes)}, in the DICOM report.")
    return " ".join(parts)

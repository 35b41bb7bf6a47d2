"""An assessment as an HL7 version 2.5.1 message, ORU^R01: for RIS and HIS that read neither DICOM nor FHIR.

Every result is preliminary (OBR-25 and OBX-11 are P), as in DICOM and FHIR: no doctor has confirmed it. Where there is
no result, the outcome says so, its OBX-11 is X (results cannot be obtained), and there is no number.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from highdicom.sr import CodedConcept
from pydicom import Dataset
from pydicom.sr.codedict import codes
from pydicom.valuerep import PersonName

from imaging.header import NAMESPACE
from results import codes as concepts
from results.asked import problem_of
from results.cautioned import cautioned
from results.er7 import Component, Field, message, segment
from results.identity import MAKER, RESEARCH
from results.measured import Measured
from results.moments import taken
from results.number import problem, told
from results.number import texts as number_texts
from results.reading import Answered, NumberReading
from results.resources import OID
from results.schema import Assessment
from results.sr import texts
from vocabulary.problems.chest import CHEST
from vocabulary.problems.problem import Problem

SENDER = "CXRCASCADE"
CONTROL_ID_CHARACTERS = 20
"""Of MSH-10. Source: HL7 v2.5.1, 2.14.9.10."""

SOP_INSTANCE_UID = concepts.ours("sop-instance-uid", "SOP Instance UID of the image")
UIDS = {
    "StudyInstanceUID": CodedConcept.from_code(codes.DCM.StudyInstanceUID),
    "SeriesInstanceUID": CodedConcept.from_code(codes.DCM.SeriesInstanceUID),
    "SOPInstanceUID": SOP_INSTANCE_UID,
}
"""Of the film. DICOM has no code for the last."""

INTERVAL_LOW = concepts.ours("interval-low", "Lower end of the interval that holds the reader's number")
INTERVAL_HIGH = concepts.ours("interval-high", "Upper end of the interval that holds the reader's number")

SEXES = {"M": "M", "F": "F", "O": "O"}
"""DICOM's to those of HL7 table 0001; another is U, unknown."""


@dataclass(frozen=True)
class Observed:
    """One OBX: what was observed, and as what type of value (HL7 table 0125)."""

    what: CodedConcept
    kind: str
    value: Field
    unit: CodedConcept | None = None
    stage: str = ""
    """Stage and version that said it."""
    status: str = "P"
    """HL7 table 0085: P, preliminary; X, results cannot be obtained."""


def write_oru(reading: Answered) -> bytes:
    """The message of an assessment of a DICOM film.

    Args:
        reading: the assessment, with the film's header.
    """
    header, created = reading.header, reading.assessment.created
    assert header is not None  # noqa: S101 - for the type checker: only films are sent
    if isinstance(reading, NumberReading):
        measured = reading.assessment
        return _message(header, reading.key, created, list(_number(measured)), problem(measured))
    failed = reading.assessment.problem
    name = reading.key or f"failed {failed.code if failed else ''}"
    return _message(header, name, created, list(_observed(reading.assessment)))


def write_oru_problem(header: Dataset, reason: str, created: datetime) -> bytes:
    """The message that a film was not assessed, or not in time.

    Args:
        header: of the film, from imaging.header.
        reason: a stable code, such as "gateway-away".
        created: now.
    """
    text = f"AI result not available: the film was not assessed ({reason}). It has not been read by the AI."
    return _message(header, f"failed {reason}", created, [_outcome("failed"), _text(text)], problem_of(header))


def _message(header: Dataset, name: str, created: datetime, observed: list[Observed], asked: Problem = CHEST) -> bytes:
    now = f"{created.astimezone():%Y%m%d%H%M%S%z}"
    control = uuid.uuid5(NAMESPACE, f"{header.SOPInstanceUID} {name} oru").hex[:CONTROL_ID_CHARACTERS]
    what: dict[int, Field] = {9: ("ORU", "R01", "ORU_R01"), 10: control, 11: "P", 12: "2.5.1", 18: "UNICODE UTF-8"}
    film = [Observed(what, "ST", str(header[keyword].value)) for keyword, what in UIDS.items()]
    return message(
        [
            segment("MSH", {3: SENDER, 7: now} | what),
            segment("PID", _patient(header)),
            *_order(header, now, asked),
            *_numbered([*observed, *film], now),
        ]
    )


def _patient(header: Dataset) -> dict[int, Field]:
    """PID. Source: HL7 v2.5.1, 3.4.2."""
    issuer = str(header.get("IssuerOfPatientID") or "")
    assigner: Component = ("", issuer, "ISO") if OID.fullmatch(issuer) else issuer
    known = str(header.PatientID)
    return {
        1: "1",
        3: (known, "", "", assigner, "MR") if known else "",
        5: list(_names(header.PatientName)),
        7: str(header.PatientBirthDate or ""),
        8: SEXES.get(str(header.PatientSex or ""), "U"),
    }


def _names(name: PersonName | str) -> Iterator[tuple[str, ...]]:
    """XPN of each way in which a name is written: family, given, further, suffix, prefix, degree, type, representation.

    Source: HL7 v2.5.1, 2.A.89 and table 0465; PS3.5, 6.2.1.
    """
    for written, representation in zip(str(name).split("="), "AIP", strict=False):
        family, given, middle, prefix, suffix = (written.split("^") + 5 * [""])[:5]
        if written.strip("^ "):
            yield family, given, middle, suffix, prefix, "", "L", representation


def _order(header: Dataset, now: str, asked: Problem) -> list[str]:
    """ORC and OBR: the order by its accession number, or else the study. Source: HL7 v2.5.1, 4.5.1 and 4.5.3."""
    number, moment = str(header.AccessionNumber or ""), taken(header)
    order = number or str(header.StudyInstanceUID)
    what = _coded(concepts.concept(asked.report))
    request: dict[int, Field] = {1: "1", 3: order, 4: what, 7: moment.hl7() if moment else "", 18: number}
    return [segment("ORC", {1: "RE", 3: order}), segment("OBR", request | {22: now, 24: "RAD", 25: "P"})]


def _numbered(observed: list[Observed], now: str) -> Iterator[str]:
    """OBX of each; OBX-4 tells those apart that have one OBX-3. Source: HL7 v2.5.1, 7.4.2."""
    seen: Counter[str] = Counter()
    for number, each in enumerate(observed, 1):
        seen[each.what.value] += 1
        fields: dict[int, Field] = {1: str(number), 2: each.kind, 3: _coded(each.what), 4: str(seen[each.what.value])}
        fields |= {5: each.value, 6: _coded(each.unit) if each.unit else "", 11: each.status}
        yield segment("OBX", fields | {18: (each.stage, MAKER) if each.stage else "", 19: now})


def _observed(assessment: Assessment) -> Iterator[Observed]:
    """What an assessment says, the outcome first."""
    yield _outcome(assessment.outcome)
    if refusal := assessment.refusal:
        what = concepts.OVERRIDDEN if assessment.outcome == "assessed" else concepts.REFUSAL
        yield Observed(what, "CE", _coded(concepts.refusal(refusal.reason)))
    if assessment.outcome == "assessed":
        yield from _measured(assessment)
    for reason, _ in cautioned(assessment):
        yield Observed(concepts.CAUTION, "CE", _coded(reason))
    yield from map(_text, (RESEARCH, *texts(assessment)))


def _measured(assessment: Assessment) -> Iterator[Observed]:
    by = {stage: f"{stage} {version}" for stage, version in assessment.models.items()}
    if most := assessment.predicted_class:
        yield Observed(concepts.MOST_PROBABLE, "CE", _coded(concepts.condition(most)), stage=by["classifier"])
    for name, probability in {**(assessment.classes or {}), **(assessment.findings or {})}.items():
        value = f"{100 * probability:.2f}"
        what = concepts.probability(name, assessment.declared)
        yield Observed(what, "NM", value, concepts.PERCENT, by["classifier"])
    if lungs := assessment.lungs:
        value = f"{lungs.quality:.4f}"
        yield Observed(concepts.LUNG_QUALITY, "NM", value, concepts.PROBABILITY_UNIT, by["segmenter"])


def _number(measured: Measured) -> Iterator[Observed]:
    """What is said of a film of which a number was asked, the outcome first."""
    yield _outcome(measured.outcome)
    if measured.refusal:
        yield Observed(concepts.REFUSAL, "CE", _coded(concepts.refusal(measured.refusal.reason)))
    if number := told(measured):
        by = f"{measured.asked} {measured.models[measured.asked]}"
        yield Observed(number.what, "NM", f"{number.value:g}", number.unit, by)
        for what, end in ((INTERVAL_LOW, number.low), (INTERVAL_HIGH, number.high)):
            yield Observed(what, "NM", f"{end:g}", number.unit, by)
    yield from map(_text, (RESEARCH, *number_texts(measured)))


def _outcome(outcome: str) -> Observed:
    status = "P" if outcome == "assessed" else "X"
    return Observed(concepts.OUTCOME, "CE", _coded(concepts.OUTCOMES[outcome]), status=status)


def _text(said: str) -> Observed:
    return Observed(concepts.COMMENT, "TX", said)


def _coded(concept: CodedConcept) -> tuple[str, str, str]:
    """As a CE. DICOM and HL7 call the coding systems alike. Source: PS3.16, table 8-1; HL7 v2.5.1, table 0396."""
    return concept.value, concept.meaning, concept.scheme_designator

"""The structured report: Comprehensive 3D SR, TID 1500. It holds what an assessment says, and never more."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import highdicom as hd
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from results import codes as concepts
from results.header import named_uid
from results.identity import MAKER, MODEL, RESEARCH, Identity, algorithm, release, series_number
from results.reading import Reading
from results.schema import Assessment

SERIES = "AI report"


@dataclass(frozen=True)
class Superseded:
    """An earlier report of the same film, in the same study."""

    sop_instance_uid: str
    series_instance_uid: str


def write_sr(reading: Reading, supersedes: Superseded | None = None) -> bytes:
    """The report of an assessment of a DICOM film, as a Part 10 file.

    Only an assessed film has classes and findings; a refused or failed one says "AI result not available" in its title.
    """
    identity, assessment = Identity.of(reading), reading.assessment
    title = None if assessment.outcome == "assessed" else concepts.NOT_AVAILABLE
    groups = list(_groups(assessment, identity))
    return write_report(identity, groups, list(_texts(assessment)), title, "report", supersedes)


def write_report(
    identity: Identity,
    groups: list[MeasurementsAndQualitativeEvaluations],
    texts: list[str],
    title: CodedConcept | None,
    kind: str,
    supersedes: Superseded | None = None,
) -> bytes:
    """A report with these measurement groups and comments.

    Args:
        identity: of the report.
        groups: at least one (TID 1500, row 8).
        texts: comments; that it is for research use is added.
        title: another one than "Imaging Measurement Report".
        kind: which of the film's reports it is.
        supersedes: the report before, if it is another one.
    """
    content = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=_observer()),
        procedure_reported=concepts.CHEST_FILM,
        imaging_measurements=groups,
        title=title or codes.DCM.ImagingMeasurementReport,
        referenced_images=None,
    )
    root = content[0]
    for text in (RESEARCH, *texts):
        root.ContentSequence.append(TextContentItem(concepts.COMMENT, text, RelationshipTypeValues.CONTAINS))
    report = hd.sr.Comprehensive3DSR(
        evidence=[identity.source],
        content=root,
        series_instance_uid=identity.uid("report series"),
        series_number=series_number(identity.source, 1),
        sop_instance_uid=identity.uid(kind),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=True,
        is_final=False,
        is_verified=False,
    )
    identity.stamp(report, SERIES)
    report.CodingSchemeIdentificationSequence = [_scheme()]
    if supersedes and supersedes.sop_instance_uid != report.SOPInstanceUID:
        report.PredecessorDocumentsSequence = [_predecessor(identity.source, supersedes, report.SOPClassUID)]
    file = BytesIO()
    report.save_as(file, enforce_file_format=True)
    return file.getvalue()


def group(
    identity: Identity,
    name: str,
    *,
    stage: str = "",
    version: str = "",
    finding: CodedConcept | None = None,
    measurements: list[tuple[CodedConcept, float, CodedConcept]] | None = None,
    evaluations: list[tuple[CodedConcept, CodedConcept]] | None = None,
) -> MeasurementsAndQualitativeEvaluations:
    """A measurement group (TID 1501) about the film, tracked under its name."""
    source = identity.source
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(identity.uid(f"tracking {name}"), name),
        finding_type=finding,
        algorithm_id=AlgorithmIdentification(algorithm(stage), version, manufacturer=MAKER) if version else None,
        finding_sites=[FindingSite(concepts.LUNG)] if finding or stage == "segmenter" else None,
        measurements=[Measurement(what, value, unit) for what, value, unit in measurements or []] or None,
        qualitative_evaluations=[QualitativeEvaluation(what, value) for what, value in evaluations or []] or None,
        source_images=[SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID)],
    )


def _groups(assessment: Assessment, identity: Identity) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    outcome = [(concepts.OUTCOME, concepts.OUTCOMES[assessment.outcome])]
    if refusal := assessment.refusal:
        outcome.append((concepts.REFUSAL, concepts.refusal(refusal.reason, refusal.detail)))
    if assessment.predicted_class:
        outcome.append((concepts.MOST_PROBABLE, concepts.condition(assessment.predicted_class)))
    yield group(identity, "Outcome", evaluations=outcome)
    versions, unit = assessment.models, concepts.PROBABILITY_UNIT
    if gate := assessment.discriminator:
        measured = [(concept, float(getattr(gate, name)), unit) for name, concept in concepts.QUALITIES.items()]
        yield group(identity, "Image", stage="discriminator", version=versions["discriminator"], measurements=measured)
    if lungs := assessment.lungs:
        measured = [(concepts.LUNG_QUALITY, lungs.quality, unit), (concepts.LUNG_AREA, lungs.area_fraction, unit)]
        yield group(identity, "Lungs", stage="segmenter", version=versions["segmenter"], measurements=measured)
    for name, probability in {**(assessment.classes or {}), **(assessment.findings or {})}.items():
        yield group(
            identity,
            name.replace("_", " "),
            stage="classifier",
            version=versions["classifier"],
            finding=concepts.condition(name),
            measurements=[(concepts.CERTAINTY, round(100 * probability, 2), concepts.PERCENT)],
        )


def _texts(assessment: Assessment) -> Iterator[str]:
    """What a person should read."""
    if assessment.refusal:
        yield f"AI result not available: {assessment.refusal.detail}"
    if assessment.problem:
        yield f"AI result not available: {assessment.problem.detail}"
    yield from (f"Conflict: {conflict.detail}" for conflict in assessment.conflicts)
    yield from (f"Caution: {caution.detail}" for caution in assessment.cautions)
    if assessment.display:
        yield f"Display transform that was assessed: {assessment.display}"


def _observer() -> ObserverContext:
    """This software, the same device whatever the film (TID 1004)."""
    device = DeviceObserverIdentifyingAttributes(
        uid=named_uid(f"device {MAKER} {MODEL} {release()}"),
        name=MAKER,
        manufacturer_name=MAKER,
        model_name=MODEL,
        serial_number=release(),
    )
    return ObserverContext(codes.DCM.Device, device)


def _scheme() -> Dataset:
    """Who answers for our own codes (PS3.3, C.12.1.1.6)."""
    item = Dataset()
    item.CodingSchemeDesignator, item.CodingSchemeName = concepts.SCHEME, "CXR Cascade concepts"
    item.CodingSchemeResponsibleOrganization = MAKER
    return item


def _predecessor(source: Dataset, before: Superseded, sop_class_uid: str) -> Dataset:
    """PS3.3, C.17.2: the hierarchical reference to one earlier document."""
    instance, series, study = Dataset(), Dataset(), Dataset()
    instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID = sop_class_uid, before.sop_instance_uid
    series.SeriesInstanceUID, series.ReferencedSOPSequence = before.series_instance_uid, [instance]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = source.StudyInstanceUID, [series]
    return study

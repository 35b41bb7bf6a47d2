"""What all our structured reports have: who observed, what about, that it is for research use, what it supersedes."""

from collections.abc import Sequence
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
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from imaging.header import named_uid
from results import codes as concepts
from results.identity import MAKER, MODEL, RESEARCH, Identity, Superseded, algorithm, release, series_number
from vocabulary.code import OUR_SCHEME

Group = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations


@dataclass(frozen=True)
class Author:
    """Who speaks in a report, and how the report shows it."""

    observer: ObserverContext
    series: str
    """Description of the report's series."""
    number: int
    """Of that series among ours."""
    research: str
    """What the report is not."""


def write_report(
    identity: Identity,
    groups: Sequence[Group],
    texts: list[str],
    title: CodedConcept | None,
    kind: str,
    supersedes: Sequence[Superseded] = (),
    author: Author | None = None,
    procedure: CodedConcept = concepts.CHEST_FILM,
) -> bytes:
    """A report with these measurement groups and comments.

    Nothing that we write is verified: that would be an authorized person's taking responsibility for it as a document
    of the record, and for research nobody does (PS3.3, C.17.2).

    Args:
        identity: of the report.
        groups: at least one (TID 1500, row 8).
        texts: comments; that it is for research use is added.
        title: another one than "Imaging Measurement Report".
        kind: which of the film's reports it is.
        supersedes: the reports before, those of them that are others.
        author: this software unless given.
        procedure: the examination.
    """
    author = author or Author(_observer(), "AI report", 1, RESEARCH)
    content = MeasurementReport(
        observation_context=_context(author.observer),
        procedure_reported=procedure,
        imaging_measurements=groups,
        title=title or codes.DCM.ImagingMeasurementReport,
        referenced_images=None,
    )
    root = content[0]
    for text in (author.research, *texts):
        root.ContentSequence.append(TextContentItem(concepts.COMMENT, text, RelationshipTypeValues.CONTAINS))
    report = hd.sr.Comprehensive3DSR(
        evidence=[identity.source],
        content=root,
        series_instance_uid=identity.uid("report series"),
        series_number=series_number(author.number),
        sop_instance_uid=identity.uid(kind),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=title is None,  # without a result it is partial: the film has not been read (PS3.3, C.17.2)
        is_final=False,
        is_verified=False,
    )
    identity.stamp(report, author.series)
    report.CodingSchemeIdentificationSequence = [_scheme()]
    if before := [each for each in supersedes if each.sop_instance_uid != report.SOPInstanceUID]:
        report.PredecessorDocumentsSequence = [_predecessors(identity.source, before, report.SOPClassUID)]
    file = BytesIO()
    report.save_as(file, enforce_file_format=True)
    return file.getvalue()


def group(
    identity: Identity,
    name: str,
    *,
    stage: str = "",
    version: str = "",
    measurements: list[Measurement] | None = None,
    evaluations: list[tuple[CodedConcept, CodedConcept]] | None = None,
    finding: CodedConcept | None = None,
    site: CodedConcept | None = None,
) -> MeasurementsAndQualitativeEvaluations:
    """A measurement group (TID 1501) about the film, tracked under its name."""
    source = identity.source
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(identity.uid(f"tracking {name}"), name),
        algorithm_id=AlgorithmIdentification(algorithm(stage), version, manufacturer=MAKER) if version else None,
        finding_type=finding,
        finding_sites=[FindingSite(site)] if site else None,
        measurements=measurements,
        qualitative_evaluations=[QualitativeEvaluation(what, value) for what, value in evaluations or []] or None,
        source_images=[SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID)],
    )


def _context(observer: ObserverContext) -> ObservationContext:
    """Who observed (TID 1001)."""
    if observer.observer_type == codes.DCM.Person:
        return ObservationContext(observer_person_context=observer)
    return ObservationContext(observer_device_context=observer)


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
    item.CodingSchemeDesignator, item.CodingSchemeName = OUR_SCHEME, "CXR Cascade concepts"
    item.CodingSchemeResponsibleOrganization = MAKER
    return item


def _predecessors(source: Dataset, before: list[Superseded], sop_class_uid: str) -> Dataset:
    """PS3.3, C.17.2: the hierarchical reference to earlier documents, which are all of the film's study."""
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = source.StudyInstanceUID, []
    for each in before:
        instance, series = Dataset(), Dataset()
        instance.ReferencedSOPClassUID, instance.ReferencedSOPInstanceUID = sop_class_uid, each.sop_instance_uid
        series.SeriesInstanceUID, series.ReferencedSOPSequence = each.series_instance_uid, [instance]
        study.ReferencedSeriesSequence.append(series)
    return study

"""What all our structured reports have: who observed, what about, that it is for research use, what it supersedes."""

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

SERIES = "AI report"


@dataclass(frozen=True)
class Superseded:
    """An earlier report of the same film, in the same study."""

    sop_instance_uid: str
    series_instance_uid: str


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
        series_number=series_number(1),
        sop_instance_uid=identity.uid(kind),
        instance_number=1,
        manufacturer=MAKER,
        is_complete=title is None,  # without a result it is partial: the film has not been read (PS3.3, C.17.2)
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
    measurements: list[Measurement] | None = None,
    evaluations: list[tuple[CodedConcept, CodedConcept]] | None = None,
) -> MeasurementsAndQualitativeEvaluations:
    """A measurement group (TID 1501) about the film, tracked under its name."""
    source = identity.source
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(identity.uid(f"tracking {name}"), name),
        algorithm_id=AlgorithmIdentification(algorithm(stage), version, manufacturer=MAKER) if version else None,
        finding_sites=[FindingSite(concepts.LUNG)] if stage in ("segmenter", "classifier") else None,
        measurements=measurements,
        qualitative_evaluations=[QualitativeEvaluation(what, value) for what, value in evaluations or []] or None,
        source_images=[SourceImageForMeasurementGroup(source.SOPClassUID, source.SOPInstanceUID)],
    )


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

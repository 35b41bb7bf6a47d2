"""The structured report: Comprehensive 3D SR, TID 1500. It holds what an assessment says, and never more."""

from collections.abc import Iterator, Mapping

from highdicom.sr import (
    CodeContentItem,
    ContentSequence,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    RelationshipTypeValues,
)

from results import codes as concepts
from results.cautioned import cautioned
from results.certainty import unsure
from results.identity import Identity, Superseded
from results.number import problem
from results.number import texts as number_texts
from results.number_report import number_groups
from results.reading import Answered, NumberReading
from results.report import group, write_report
from results.schema import Assessment
from vocabulary.findings import Declared


def write_sr(reading: Answered, supersedes: Superseded | None = None) -> bytes:
    """The report of an assessment of a DICOM film, as a Part 10 file.

    Only an assessed film has classes and findings, as probabilities, or a number; the one coded conclusion is the
    likeliest class. A refused or failed one says "AI result not available" in its title.
    """
    identity, before = Identity.of(reading), [supersedes] if supersedes else []
    title = None if reading.assessment.outcome == "assessed" else concepts.NOT_AVAILABLE
    if isinstance(reading, NumberReading):
        measured = reading.assessment
        groups, said = list(number_groups(measured, identity)), list(number_texts(measured))
        examined = concepts.concept(problem(measured).procedure)
        return write_report(identity, groups, said, title, "report", before, procedure=examined)
    groups, said = list(_groups(reading.assessment, identity)), list(texts(reading.assessment))
    return write_report(identity, groups, said, title, "report", before)


def _groups(assessment: Assessment, identity: Identity) -> Iterator[MeasurementsAndQualitativeEvaluations]:
    outcome = [(concepts.OUTCOME, concepts.OUTCOMES[assessment.outcome])]
    if refusal := assessment.refusal:
        concept = concepts.OVERRIDDEN if assessment.outcome == "assessed" else concepts.REFUSAL
        outcome.append((concept, concepts.refusal(refusal.reason)))
    outcome += [(concepts.CAUTION, reason) for reason, _ in cautioned(assessment)]
    yield group(identity, "Outcome", evaluations=outcome)
    versions, unit = assessment.models, concepts.PROBABILITY_UNIT
    if gate := assessment.discriminator:
        measured = [Measurement(what, getattr(gate, name), unit) for name, what in concepts.QUALITIES.items()]
        yield group(identity, "Image", stage="discriminator", version=versions["discriminator"], measurements=measured)
    if lungs := assessment.lungs:
        found = {concepts.LUNG_QUALITY: lungs.quality, concepts.LUNG_AREA: lungs.area_fraction}
        measured = [Measurement(what, value, unit) for what, value in found.items()]
        version, site = versions["segmenter"], concepts.LUNG
        yield group(identity, "Lungs", stage="segmenter", version=version, site=site, measurements=measured)
    said = {"Classes": assessment.classes, "Findings": assessment.findings}
    for name, probabilities in said.items():
        if probabilities:
            most = assessment.predicted_class if name == "Classes" else None
            yield group(
                identity,
                name,
                stage="classifier",
                version=versions["classifier"],
                site=concepts.LUNG,
                measurements=[_probability(each, value, assessment.declared) for each, value in probabilities.items()],
                evaluations=[(concepts.MOST_PROBABLE, concepts.condition(most))] if most else None,
            )


def _probability(condition: str, value: float, declared: Mapping[str, Declared]) -> Measurement:
    """In percent, with the condition as what the measured quantity is about (TID 300, row 3: concept modifier)."""
    measured = Measurement(concepts.probability(condition, declared), round(100 * value, 2), concepts.PERCENT)
    what = concepts.condition(condition, declared)
    about = CodeContentItem(concepts.CONDITION, what, RelationshipTypeValues.HAS_CONCEPT_MOD)
    item = measured[0]
    if "ContentSequence" in item:
        item.ContentSequence.append(about)
    else:
        item.ContentSequence = ContentSequence([about])
    return measured


def texts(assessment: Assessment) -> Iterator[str]:
    """What a person should read; that a refusal was overridden is one of the cautions."""
    if assessment.refusal and assessment.outcome == "refused":
        yield f"AI result not available: {assessment.refusal.detail}"
    if assessment.problem:
        yield f"AI result not available: {assessment.problem.detail}"
    if said := unsure(assessment.possible_classes):
        yield said
    yield from (f"Conflict: {conflict.detail}" for conflict in assessment.conflicts)
    yield from (f"Caution: {caution.detail}" for caution in assessment.cautions)
    if assessment.display:
        yield f"Display transform that was assessed: {assessment.display}"

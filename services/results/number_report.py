"""What the structured report of a number holds (TID 1500)."""

from collections.abc import Iterator

from highdicom.sr import ContentSequence, Measurement, NumContentItem, RelationshipTypeValues
from highdicom.sr import MeasurementsAndQualitativeEvaluations as Group
from pydicom.sr.codedict import codes

from results import codes as concepts
from results.identity import Identity
from results.measured import Measured
from results.number import KNOWN_FILM, Told, problem, told
from results.report import group


def number_groups(measured: Measured, identity: Identity) -> Iterator[Group]:
    """Outcome, what film it looks like, and the number where there is one."""
    outcome = [(concepts.OUTCOME, concepts.OUTCOMES[measured.outcome])]
    if measured.refusal:
        outcome.append((concepts.REFUSAL, concepts.refusal(measured.refusal.reason)))
    yield group(identity, "Outcome", evaluations=outcome)
    asked = problem(measured)
    version = measured.models[asked.name]
    known = Measurement(KNOWN_FILM, measured.in_distribution, concepts.PROBABILITY_UNIT)
    yield group(identity, "Image", stage=asked.name, version=version, measurements=[known])
    if number := told(measured):
        found = [measurement(number)]
        yield group(identity, asked.title, stage=asked.name, version=version, site=number.site, measurements=found)


def measurement(number: Told) -> Measurement:
    """With the interval's ends as how far they are from it (TID 310, rows 6 and 7), in the number's own unit."""
    measured = Measurement(number.what, number.value, number.unit)
    ends = {
        codes.SCT.RangeOfUpperMeasurementUncertainty: number.high - number.value,
        codes.SCT.RangeOfLowerMeasurementUncertainty: number.value - number.low,
    }
    has = RelationshipTypeValues.HAS_PROPERTIES
    items = [NumContentItem(what, round(far, 1), number.unit, relationship_type=has) for what, far in ends.items()]
    held = measured[0]
    held.ContentSequence = ContentSequence([*held.get("ContentSequence", ()), *items])
    return measured

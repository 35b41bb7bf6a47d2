"""What the command says of an assessment. What was refused or failed is never told in words that could mean normal."""

from collections.abc import Iterator

from results.certainty import unsure
from results.schema import Assessment
from vocabulary.words import label

RESEARCH = "Research use, not a medical device. The doctor has the last word."


def told(assessment: Assessment) -> str:
    """Some lines for a person."""
    return "\n".join([_outcome(assessment), *(f"    {line}" for line in _details(assessment))])


def _outcome(assessment: Assessment) -> str:
    if assessment.outcome == "refused":
        reason = label(assessment.refusal.reason) if assessment.refusal else "no reason told"
        return f"REFUSED, not assessed: {reason}"
    if assessment.outcome == "failed" or not assessment.classes:
        return f"FAILED, not assessed: {assessment.problem.detail if assessment.problem else 'no reason told'}"
    classes = sorted(assessment.classes.items(), key=lambda each: -each[1])
    return ", ".join(f"{label(name)} {probability:.1%}" for name, probability in classes)


def _details(assessment: Assessment) -> Iterator[str]:
    if assessment.outcome == "refused" and assessment.refusal:
        yield assessment.refusal.detail
    if assessment.outcome == "assessed" and (doubt := unsure(assessment.possible_classes)):
        yield doubt
    yield from (f"Conflict: {each.detail}" for each in assessment.conflicts)
    yield from (f"Caution: {each.detail}" for each in assessment.cautions)
    yield f"id {assessment.id}"

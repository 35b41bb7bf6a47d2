"""Cautions and conflicts of an assessment as codes, so that a receiver can act on them without reading text."""

from collections.abc import Iterator

from highdicom.sr import CodedConcept

from results.codes import concept
from results.schema import Assessment
from vocabulary.cautions import CAUTIONS, CONFLICTS


def cautioned(assessment: Assessment) -> Iterator[tuple[CodedConcept, str]]:
    """Each reason, once, with the words for a person. One that a later version has, and this one not, is text alone."""
    told = [(CONFLICTS.get(each.attribute), each.detail) for each in assessment.conflicts]
    told += [(CAUTIONS.get(each.code), each.detail) for each in assessment.cautions]
    seen = set()
    for code, detail in told:
        if code is not None and code not in seen:
            seen.add(code)
            yield concept(code), detail

"""Which problem a film's header asks for: that whose body part it names."""

import re

from pydicom import Dataset

from imaging.reading import word
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import NUMBERS
from vocabulary.problems.problem import Problem


def problem_of(header: Dataset | None) -> Problem:
    """The problem of a film; the chest's where the header names no other one's body part, and of a picture.

    A body part is a word of Body Part Examined, which is often "HAND PA" or "LEFT HAND"; where that is empty, the
    code in Anatomic Region Sequence counts, also in the SNOMED RT of earlier years.

    Args:
        header: of the film, from imaging.header; None for a picture.
    """
    if header is None:
        return CHEST
    words = re.findall(r"[A-Z]+", word(header, "BodyPartExamined"))
    named = [each for each in NUMBERS.values() if each.body_part in words]
    found = named or ([] if words else [each for each in NUMBERS.values() if _is_of(header, each)])
    return found[0] if found else CHEST


def _is_of(header: Dataset, problem: Problem) -> bool:
    """Whether the header's Anatomic Region is the problem's."""
    from pydicom.sr.coding import Code  # here: it loads all of DICOM's codes, which few headers are asked for

    if problem.site is None:
        return False
    items = header.get("AnatomicRegionSequence") or []
    value = str(items[0].get("CodeValue") or "") if items else ""
    site = Code(problem.site.value, problem.site.scheme, "")
    return bool(value) and site in (Code(value, "SCT", ""), Code(value, "SRT", ""))

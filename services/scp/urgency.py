"""Which films are urgent by what their header says: a rule of attributes and patterns."""

import contextlib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydicom import Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.multival import MultiValue

NO_TEXT = ("SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "AT")
"""Value representations that no pattern can be compared to. Source: PS3.5, table 6.2-1."""

REQUESTS = "RequestAttributesSequence"
"""Where a film says what was asked for, beside its own attributes. Source: PS3.3, C.7.3.1."""


def _known(keyword: str) -> str:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"{keyword} is no keyword of a DICOM attribute, such as StudyDescription")
    if dictionary_VR(tag).split(" ")[0] in NO_TEXT:
        raise ValueError(f"{keyword} is an attribute without text")
    return keyword


def _several(value: object) -> object:
    """One pattern is a list of one."""
    return [value] if isinstance(value, str) else value


Keyword = Annotated[str, AfterValidator(_known)]
Pattern = Annotated[str, StringConstraints(min_length=1)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(_several), Field(min_length=1)]
"""Of a shell: * stands for any characters, ? for one."""

Rule = Mapping[str, tuple[str, ...]]
"""Keyword of an attribute to the patterns of which one is enough."""


def is_urgent(film: Dataset, rule: Rule) -> bool:
    """Whether an attribute of a film is as the rule says; upper and lower case are the same.

    Args:
        film: its header, whatever it holds: what cannot be read is not urgent.
        rule: one attribute that fits is enough.
    """
    return any(
        fnmatchcase(value.casefold(), pattern.casefold())
        for keyword, patterns in rule.items()
        for value in _values(film, keyword)
        for pattern in patterns
    )


def _values(film: Dataset, keyword: str) -> Iterator[str]:
    """The values of an attribute, of the film and of what was asked for; none that cannot be read."""
    with contextlib.suppress(Exception):  # pydicom raises many kinds on hostile bytes
        for dataset in (film, *(film.get(REQUESTS) or ())):
            value = dataset.get(keyword)
            values = value if isinstance(value, MultiValue) else [value]
            yield from (str(each).strip() for each in values if each is not None)

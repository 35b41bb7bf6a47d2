"""Values of a header as a person would read them, however sloppily written; what nobody can read is absent."""

import re
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.multival import MultiValue

BLANKS = " \0\t\r\n"

NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(E[+-]?\d{1,3})?", re.IGNORECASE)
"""Source: PS3.5, table 6.2-1 (DS), and a decimal comma."""


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """An element's values, without blanks around them; none where it is missing, empty, or cannot be decoded at all."""
    return [text for each in _values(dataset, keyword) if (text := str(each).strip(BLANKS))]


def word(dataset: Dataset, keyword: str) -> str:
    """A defined term, in upper case; empty where there is none."""
    return next(iter(texts(dataset, keyword)), "").upper()


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """An element's values, with decimal points or commas; none where one of them is no number."""
    told = texts(dataset, keyword)
    return [float(each.replace(",", ".")) for each in told] if all(map(NUMBER.fullmatch, told)) else []


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value; None where there is none, or it is no number."""
    return next(iter(numbers(dataset, keyword)), None)


def _values(dataset: Dataset, keyword: str) -> Iterator[object]:
    try:
        if keyword not in dataset:
            return
        value = dataset[keyword].value
    except Exception:  # pydicom raises all kinds for what it cannot convert
        raw = dataset.get_item(keyword)
        if isinstance(raw, RawDataElement) and raw.value:
            yield from raw.value.decode("latin-1").split("\\")
        return
    yield from value if isinstance(value, MultiValue | list | tuple) else [value] if value is not None else []

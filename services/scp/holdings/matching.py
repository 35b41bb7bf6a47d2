"""Whether an attribute is as a search asks: the matching of C-FIND, on the DICOM JSON Model.

Source: PS3.4, C.2.2.2; PS3.18, 8.3.4.1.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from scp.holdings.attributes import Model

WILD = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
"""Value representations that wild cards are for. Source: PS3.4, C.2.2.2.4."""

DATES = ("DA", "DT", "TM")
"""Those that ranges are for. Source: PS3.4, C.2.2.2.5."""

LISTS = ("UI", "CS")
"""Those of which several values may be asked for, where one is enough. Source: PS3.4, C.2.2.2.2 for UIDs; for coded
words, which viewers ask for like UIDs (ModalitiesInStudy=CR,DX), neither separator can be part of one."""

LAST_MOMENT = "9" * 26
"""Sorts behind any moment whose first digits are the same; none has more. Source: PS3.5, table 6.2-1 (DT)."""


def matches(dataset: Model, path: list[str], asked: str, vr: str) -> bool:
    """Whether an attribute has the value that is asked for; nothing, or *, asks for any.

    Args:
        dataset: where it is.
        path: its tag, after those of the sequences that it is in.
        asked: as C-FIND has it: one value, a list, a range, or with wild cards.
        vr: its value representation.
    """
    if asked in ("", "*"):
        return True
    return any(_is(value, asked, vr) for value in _values(dataset, path))


def between(moment: str, asked: str) -> bool:
    """Whether a date, a time, or a date and a time in one, lies in a range, or is the one that is asked for.

    Less precise ends mean all of what they name: until 10 is until 10:59:59.
    """
    first, dash, last = asked.partition("-")
    least, most, at = _digits(first), _digits(last if dash else first), _digits(moment)
    return least <= at and (not most or at <= most + LAST_MOMENT[len(most) :])


def _values(dataset: Model, path: list[str]) -> Iterator[Any]:
    values = dataset.get(path[0], {}).get("Value", [])
    if len(path) == 1:
        yield from (value for value in values if value is not None)
        return
    for item in values:
        yield from _values(item, path[1:])


def _is(value: Any, asked: str, vr: str) -> bool:
    if vr == "PN":
        groups = value.values() if isinstance(value, dict) else [value]
        return any(_like(_plain_name(each), _plain_name(asked)) for each in groups)
    if vr in DATES:
        return between(str(value), asked)
    if vr in LISTS:
        return any(_like(str(value), each, vr) for each in asked.replace("\\", ",").split(","))
    if isinstance(value, int | float):
        return _number(asked) == value
    return _like(str(value).strip(), asked.strip(), vr)


def _like(value: str, asked: str, vr: str = "PN") -> bool:
    """Only * and ? are special, and only where they may be."""
    if vr not in WILD:
        return value == asked
    return fnmatchcase(value, asked.replace("[", "[[]"))


def _plain_name(name: str) -> str:
    """Upper and lower case are the same, and so is a name with empty components at its end."""
    return name.strip().rstrip("^").casefold()


def _digits(moment: str) -> str:
    """Without what older forms have between them. Source: PS3.5, table 6.2-1 (DA of ACR-NEMA, 2026.01.31)."""
    return "".join(each for each in moment if each.isdigit())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None

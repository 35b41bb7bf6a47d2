"""HL7 version 2 messages as text: the encoding rules that are called ER7 (HL7 v2.5.1, chapter 2.5 to 2.7).

By hand, since the two libraries that there are write wrong text: hl7apy 1.3.5 leaves `\\F\\` in a value as it is, which
a receiver then reads as `|`, and hl7 0.4.5 writes letters outside ASCII as bytes that UTF-8 does not have.
"""

from collections.abc import Iterable, Mapping
from unicodedata import category

SEPARATORS = "^~\\&"
"""Of components, repetitions, escapes and subcomponents. Source: 2.5.4."""

ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})
"""Source: 2.7.1."""

Component = str | tuple[str, ...]
"""Text, or subcomponents."""

Field = str | tuple[Component, ...] | list[tuple[Component, ...]]
"""Text, components, or repetitions of components."""


def segment(name: str, fields: Mapping[int, Field]) -> str:
    """One segment, without its end.

    Args:
        name: three letters.
        fields: by number, as the standard numbers them; of MSH, from 3 on.
    """
    start = ["MSH", SEPARATORS] if name == "MSH" else [name]
    first = 3 if name == "MSH" else 1
    return "|".join([*start, *(_field(fields.get(each, "")) for each in range(first, max(fields) + 1))])


def message(segments: list[str]) -> bytes:
    """The whole of it, in UTF-8; MSH-18 has to say so."""
    return "".join(f"{each}\r" for each in segments).encode("utf-8", "replace")


def _field(value: Field) -> str:
    if isinstance(value, list):
        return "~".join(_field(each) for each in value)
    if isinstance(value, tuple):
        return _joined("^", (_joined("&", map(_text, (each,) if isinstance(each, str) else each)) for each in value))
    return _text(value)


def _joined(separator: str, parts: Iterable[str]) -> str:
    """What is empty at the end is left out."""
    return separator.join(parts).rstrip(separator)


def _text(value: str) -> str:
    """Without control characters: one of them ends a segment."""
    return "".join(" " if category(each) == "Cc" else each for each in value).translate(ESCAPES)

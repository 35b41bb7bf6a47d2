"""Single findings by their names: those that we know, and those that a hospital trained a classifier for.

What a hospital calls a finding of its own is declared where it is trained, and travels with the weights to the stage,
the gateway's answer, the reports and the reading room. Whoever has to say a finding in words or in a code asks here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vocabulary.code import Code
from vocabulary.conditions import CONDITIONS, FINDINGS, Condition

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
"""Of a finding, as models, files and the API say it."""

CODE_CHARACTERS = 14
"""Of a name's own code, in which findings have to differ: a report's codes have 16 at most, and that of a finding's
probability begins with p-. Source: Code Value (0008,0100) is an SH, PS3.5, 6.2."""

WORDS_CHARACTERS = 64
"""Source: Code Meaning (0008,0104) is an LO, PS3.5, 6.2."""

SCHEMES = {
    "SCT": (re.compile(r"[1-9][0-9]{5,15}"), "6 to 16 digits"),
    "RADLEX": (re.compile(r"RID[0-9]{1,13}"), "RID and a number"),
}
"""Coding schemes that a declaration may use, by their designators in DICOM (PS3.16, table 8-1), and what their codes
look like: SNOMED CT's identifiers have up to 18 digits, of which a report's short codes hold 16."""


class FindingError(ValueError):
    """A finding that cannot be called so; the message is for a person."""


@dataclass(frozen=True)
class Declared:
    """What a hospital calls a finding of its own."""

    words: str
    """As people read it."""
    scheme: str = ""
    """Of the code, one of SCHEMES; empty without one."""
    code: str = ""


NOTHING: Mapping[str, Declared] = MappingProxyType({})
"""Nothing is declared."""


def condition_of(name: str, declared: Mapping[str, Declared] = NOTHING) -> Condition:
    """What a class or a finding is called: as we know it, or else as it is declared, or else its name in words.

    A code of a scheme that only a newer version knows is left out.
    """
    if known := CONDITIONS.get(name):
        return known
    said = declared.get(name) or Declared(name.replace("_", " "))
    return Condition(name, said.words, Code(said.code, said.scheme, said.words) if said.scheme in SCHEMES else None)


def own_code(name: str) -> str:
    """The value of a code of our own scheme for a name, but for its length."""
    return name.lower().replace("_", "-")


def checked(names: Iterable[str]) -> tuple[str, ...]:
    """Names of findings, in their order.

    Raises:
        FindingError: one is no name, stands for something else, or is too much like another.
    """
    taken = {own_code(name)[:CODE_CHARACTERS]: name for name in CONDITIONS}
    chosen: list[str] = []
    for name in names:
        if not NAME.fullmatch(name):
            shape = "a letter, then letters, digits and underscores, 32 characters at most"
            raise FindingError(f"{name!r} is no name of a finding; expected {shape}, such as Rib_Fracture")
        if name in chosen:
            raise FindingError(f"the finding {name} is named twice")
        if name in CONDITIONS and name not in FINDINGS:
            raise FindingError(f"{name} is what a whole film is called, and no finding")
        other = taken.setdefault(own_code(name)[:CODE_CHARACTERS], name)
        if other != name:
            differ = f"their first {CODE_CHARACTERS} characters, which are its code in a report"
            raise FindingError(f"the finding {name} is too much like {other}: they do not differ in {differ}")
        chosen.append(name)
    return tuple(chosen)


def declared(name: str, words: str, scheme: str = "", code: str = "") -> Declared:
    """What a finding of one's own is called.

    Raises:
        FindingError: we know it already, it has no words or too many, or the code is none of its scheme.
    """
    if name in CONDITIONS:
        raise FindingError(f"{name} is known here, and keeps its words and its code")
    if not words or len(words) > WORDS_CHARACTERS or not words.isprintable():
        raise FindingError(f"the finding {name} needs words for people, {WORDS_CHARACTERS} characters at most")
    if not scheme and not code:
        return Declared(words)
    if scheme not in SCHEMES:
        raise FindingError(f"the finding {name} has a code of {scheme or 'no scheme'}; expected {' or '.join(SCHEMES)}")
    shape, told = SCHEMES[scheme]
    if not shape.fullmatch(code):
        raise FindingError(f"the finding {name} has {code!r} for a code of {scheme}; expected {told}")
    return Declared(words, scheme, code)

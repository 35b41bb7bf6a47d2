"""The query of a search: what is asked for, what shall be returned, and which page (PS3.18, 8.3.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_has_tag, dictionary_VR, tag_for_keyword
from pydicom.tag import Tag

from cxr.errors import MalformedError
from scp.holdings.attributes import UID, Model, tag
from scp.holdings.matching import between, matches

MAX_RESULTS = 1000
"""Of one answer, and without a limit: each is some kilobytes."""

PARAMETERS = ("fuzzymatching", "includefield", "limit", "offset", "accept", "charset")
"""Names that are no attributes."""

PAIRS = [("StudyDate", "StudyTime"), ("PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime")]
"""Dates and times of which ranges are one range of moments. Source: PS3.4, C.2.2.2.5.1."""

ALL = "all"


@dataclass(frozen=True)
class Key:
    """One attribute that is asked for."""

    path: tuple[str, ...]
    """Its tag, after those of the sequences that it is in."""
    asked: str
    vr: str

    def fits(self, dataset: Model) -> bool:
        """Whether a data set has it as asked."""
        return matches(dataset, list(self.path), self.asked, self.vr)


@dataclass
class Query:
    """What a search asks for."""

    keys: list[Key] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    """Tags that shall be returned too."""
    everything: bool = False
    """Whether all shall be."""
    limit: int = MAX_RESULTS
    offset: int = 0
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, parameters: Iterable[tuple[str, str]]) -> "Query":
        """From a URL's parameters.

        Raises:
            MalformedError: a name that is no attribute, or a number that is none.
        """
        query = cls()
        for name, value in parameters:
            if name.lower() not in PARAMETERS:
                query.keys.append(_key(name, value))
            elif name == "includefield":
                query._include(value)
            elif name == "fuzzymatching" and value == "true":
                query.warnings.append(
                    "The fuzzymatching parameter is not supported. Only literal matching has been performed."
                )
            elif name == "limit":
                query.limit = min(_unsigned(name, value), MAX_RESULTS)
            elif name == "offset":
                query.offset = _unsigned(name, value)
        return query

    def at(self, known: Iterable[str]) -> "Query":
        """The same at a level that knows these attributes: the others are not matched, and a warning says so.

        Source:
            PS3.4, C.2.2.1.3: an optional key that is not supported is as one without a value.
        """
        there = set(known)
        ignored = [key for key in self.keys if key.path[0] not in there]
        told = [f"The attribute {'.'.join(key.path)} is not matched here." for key in ignored if key.asked]
        keys = [key for key in self.keys if key not in ignored]
        fields = self.fields | {key.path[0] for key in self.keys}
        return Query(keys, fields, self.everything, self.limit, self.offset, self.warnings + told)

    @property
    def study(self) -> str | None:
        """UID of the only study that can be meant."""
        asked = [key.asked for key in self.keys if key.path == (tag("StudyInstanceUID"),)]
        return asked[0] if len(asked) == 1 and UID.fullmatch(asked[0]) else None

    def fits(self, dataset: Model) -> bool:
        """Whether a data set is as asked."""
        keys = list(self.keys)
        for names in PAIRS:
            pair = [key for name in names for key in keys if key.path == (tag(name),) and "-" in key.asked]
            if len(pair) == len(names):
                if not _within(dataset, *pair):
                    return False
                keys = [key for key in keys if key not in pair]
        return all(key.fits(dataset) for key in keys)

    def _include(self, value: str) -> None:
        for name in filter(None, value.split(",")):
            if name == ALL:
                self.everything = True
            else:
                self.fields.add(_path(name)[0])


def _within(dataset: Model, date: Key, time: Key) -> bool:
    """Whether a date and a time are in a range of both: from the first date's first time to the last one's last."""
    moment = "".join(dataset.get(key.path[0], {}).get("Value", [""])[0] for key in (date, time))
    ends = [[key.asked.partition("-")[index] for key in (date, time)] for index in (0, 2)]
    first, last = ("".join(end) if end[0] else "" for end in ends)
    return bool(moment) and between(moment, f"{first}-{last}")


def _key(name: str, value: str) -> Key:
    path = _path(name)
    number = int(path[-1], 16)
    vr = dictionary_VR(number).split(" ")[0] if dictionary_has_tag(number) else "UN"
    return Key(path, value.strip(), vr)


def _path(name: str) -> tuple[str, ...]:
    return tuple(_tag(part) for part in name.split("."))


def _tag(name: str) -> str:
    number = tag_for_keyword(name)
    if number is None and len(name) == 8:
        try:
            number = int(Tag(int(name, 16)))
        except ValueError:
            number = None
    if number is None:
        raise MalformedError("a parameter is neither one of a search nor an attribute's keyword or tag")
    return f"{number:08X}"


def _unsigned(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        raise MalformedError(f"{name} is no whole number")
    return int(value[:18])

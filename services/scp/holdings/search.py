"""QIDO-RS on what is held: studies, series and instances that are as asked (PS3.18, 10.6)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from imaging.part10 import read_header
from scp.films import START_BYTES
from scp.holdings.attributes import (
    EVERYWHERE,
    INDEXED,
    INSTANCE,
    ONLY_IF_KNOWN,
    SERIES,
    STUDY,
    Model,
    model,
    tag,
    values,
)
from scp.holdings.files import Files
from scp.holdings.index import Held, Index
from scp.holdings.query import Query
from scp.holdings.urls import instance_url, series_url, study_url
from scp.kept import FILM

Level = Literal["studies", "series", "instances"]

ONLINE = "ONLINE"
"""Instance Availability of all that is held. Source: PS3.3, C.4.23.1.1."""


@dataclass(frozen=True)
class Scope:
    """What is searched, and for what."""

    level: Level
    study: str | None = None
    series: str | None = None

    @property
    def returned(self) -> dict[str, str]:
        """The attributes of the level, and of those above that the address does not name.

        Source:
            PS3.18, 10.6.3.3.1 to 10.6.3.3.3."""
        found = dict(EVERYWHERE)
        if self.level == "instances":
            found |= INSTANCE
        if self.level == "series" or (self.level == "instances" and self.series is None):
            found |= SERIES
        if self.level == "studies" or self.study is None:
            found |= STUDY
        return found


@dataclass
class Found:
    """One match, with an instance of it."""

    dataset: Model
    held: Held


@dataclass(frozen=True)
class Page:
    """What is answered."""

    matches: list[Model]
    remaining: int
    """How many there are behind these."""
    warnings: list[str]


def search(index: Index, files: Files, scope: Scope, query: Query, base: str) -> Page:
    """The matches, those of the newest study first.

    Args:
        index: of what is held.
        files: where it is.
        scope: what is searched.
        query: what is asked for.
        base: URL of the DICOMweb service, for Retrieve URLs.
    """
    index.refresh()
    query = query.at(_known(scope.level))
    page, count = [], 0
    for found in _LEVELS[scope.level](index.find(scope.study or query.study, scope.series), base):
        if query.fits(found.dataset):
            if query.offset <= count < query.offset + query.limit:
                page.append(_returned(found, scope, query, files))
            count += 1
    return Page(page, max(0, count - query.offset - len(page)), query.warnings)


def _known(level: Level) -> dict[str, str]:
    """What can be asked for at a level: its own attributes, and those of the levels above.

    Source:
        PS3.4, C.4.1.2.1: the hierarchical search method."""
    below = {"studies": STUDY, "series": STUDY | SERIES, "instances": STUDY | SERIES | INSTANCE}
    return below[level]


def _studies(held: Iterable[Held], base: str) -> Iterator[Found]:
    return (study for study, _ in _by_study(held, base))


def _series(held: Iterable[Held], base: str) -> Iterator[Found]:
    return (series for series, _ in _by_series(held, base))


def _instances(held: Iterable[Held], base: str) -> Iterator[Found]:
    for series, members in _by_series(held, base):
        yield from (Found(series.dataset | _instance(each, base), each) for each in members)


def _by_study(held: Iterable[Held], base: str) -> Iterator[tuple[Found, list[Held]]]:
    """Each study and its instances; a film says more of it than the results do."""
    for _, group in groupby(held, lambda each: each.study):
        members = list(group)
        first = next((each for each in members if each.kind == FILM), members[0])
        yield Found(_study(members, first, base), first), members


def _by_series(held: Iterable[Held], base: str) -> Iterator[tuple[Found, list[Held]]]:
    """Each series, with what is known of its study, and its instances."""
    for study, instances in _by_study(held, base):
        for _, group in groupby(instances, lambda each: each.series):
            members = list(group)
            yield Found(study.dataset | _one_series(members, base), members[0]), members


_LEVELS: dict[Level, Callable[[Iterable[Held], str], Iterator[Found]]] = {
    "studies": _studies,
    "series": _series,
    "instances": _instances,
}


def _study(members: list[Held], first: Held, base: str) -> Model:
    modalities = {each.modality for each in members if each.modality}
    return _chosen(first.attributes(), STUDY | EVERYWHERE) | {
        tag("ModalitiesInStudy"): values("CS", *sorted(modalities)),
        tag("NumberOfStudyRelatedSeries"): values("IS", len({each.series for each in members})),
        tag("NumberOfStudyRelatedInstances"): values("IS", len(members)),
        tag("InstanceAvailability"): values("CS", ONLINE),
        tag("RetrieveURL"): values("UR", study_url(base, first)),
    }


def _one_series(instances: list[Held], base: str) -> Model:
    return _chosen(instances[0].attributes(), SERIES | EVERYWHERE) | {
        tag("NumberOfSeriesRelatedInstances"): values("IS", len(instances)),
        tag("RetrieveURL"): values("UR", series_url(base, instances[0])),
    }


def _instance(held: Held, base: str) -> Model:
    return _chosen(held.attributes(), INSTANCE | EVERYWHERE) | {
        tag("InstanceAvailability"): values("CS", ONLINE),
        tag("RetrieveURL"): values("UR", instance_url(base, held)),
    }


def _chosen(attributes: Model, wanted: Iterable[str]) -> Model:
    return {each: attributes[each] for each in wanted if each in attributes}


def _returned(found: Found, scope: Scope, query: Query, files: Files) -> Model:
    """The attributes that a match is returned with, those first that the standard wants."""
    wanted = scope.returned
    answer: Model = {}
    for each, vr in wanted.items():
        if each in found.dataset:
            answer[each] = found.dataset[each]
        elif each not in ONLY_IF_KNOWN:
            answer[each] = values(vr)
    further = query.fields - answer.keys()
    if query.everything and scope.level == "instances":
        answer = _header(found.held, files, None) | answer
    elif further:
        known = _header(found.held, files, further) if further - INDEXED.keys() else {}
        answer |= _chosen(known | found.dataset, further)
    return dict(sorted(answer.items()))


def _header(held: Held, files: Files, wanted: Iterable[str] | None) -> Model:
    """What the file itself says; nothing where it has gone meanwhile."""
    file = files.open(held.film, held.kind)
    if file is None:
        return {}
    with file:
        return model(read_header(file.read(START_BYTES)), wanted)

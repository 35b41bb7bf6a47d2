"""All that the insight page tells, computed at once from the readings that were asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
from sqlalchemy.orm import Session

from review.insight import agreement, combination, durations, measured, references, refusals, reliability
from review.insight.agreement import Confusion, Span
from review.insight.combination import Combination
from review.insight.durations import Duration
from review.insight.estimates import Estimate
from review.insight.measured import Numbers
from review.insight.readings import Asked, Readings, read
from review.insight.refusals import Refused
from review.insight.reliability import Reliability
from review.languages.texts import gettext
from review.words import named
from vocabulary.conditions import URGENT

KINDS = ("blind", "seen")
"""Said before the models' answer was shown, and after."""


@dataclass(frozen=True)
class Reader:
    """What one reader says against what the models say."""

    id: str
    name: str
    confusions: dict[str, Confusion]
    """By KINDS."""


@dataclass(frozen=True)
class Pair:
    """Two readers on the same films."""

    names: tuple[str, str]
    agreement: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class Gathered:
    """Dictionaries are by KINDS unless they say otherwise."""

    asked: Asked
    at: datetime
    names: dict[str, str]
    """Every reader's id to name."""
    counts: dict[str, int]
    """Readings, by the first reader of each film: on these rests all but the figures of single readers and of pairs."""
    taken_back: int
    versions: dict[str, int]
    """The classifier's, to blind first readings of its answers."""
    agreement: dict[str, list[tuple[Span, Estimate]]]
    confusions: dict[str, Confusion]
    readers: list[Reader]
    reliability: dict[str, Reliability]
    """Of the most probable class, and of interstitial pneumonia; by what it is of, in words."""
    by_reason: list[Refused]
    by_scanner: list[Refused]
    durations: dict[str, Duration]
    durations_over_time: dict[str, list[tuple[Span, Duration]]]
    combinations: dict[str, Combination]
    """By what is taken to be true: settled, another."""
    pairs: list[Pair]
    """Blind labels only."""
    alphas: dict[str, Estimate]
    numbers: list[Numbers]
    """Of problems that ask for a number, and have films."""


def gather(session: Session, asked: Asked) -> Gathered:
    """Read and compute."""
    readings = read(session, asked)
    counted = dict(zip(KINDS, readings.firsts, strict=True))
    every = {"blind": readings.blind[readings.blind["asked"]], "seen": readings.seen[readings.seen["asked"]]}
    blind, films = counted["blind"], readings.films[readings.films["asked"]]
    return Gathered(
        asked=asked,
        at=datetime.now(UTC),
        names=readings.names,
        counts={kind: len(rows) for kind, rows in counted.items()},
        taken_back=readings.taken_back,
        versions={str(name): int(count) for name, count in blind["version"].value_counts().items()},
        agreement={kind: agreement.over_time(rows) for kind, rows in counted.items()},
        confusions={kind: agreement.confusion(rows) for kind, rows in (every if asked.reader else counted).items()},
        readers=_readers(every, readings.names),
        reliability={
            gettext("the most probable class"): reliability.most_probable(blind),
            named(URGENT).lower(): reliability.of_class(blind, URGENT),
        },
        by_reason=refusals.by_reason(films),
        by_scanner=refusals.by_scanner(films),
        durations={kind: durations.duration(rows) for kind, rows in counted.items()},
        durations_over_time={kind: durations.over_time(rows) for kind, rows in counted.items()},
        combinations={
            "settled": combination.combine(*references.against_settled(readings.blind)),
            "another": combination.combine(*references.against_another(readings.blind)),
        },
        pairs=_pairs(readings),
        alphas={
            "blind": agreement.alpha(_in_common(readings.blind)),
            "seen": agreement.alpha(_in_common(readings.seen)),
        },
        numbers=measured.numbers(session, asked),
    )


def _readers(counted: dict[str, pd.DataFrame], names: dict[str, str]) -> list[Reader]:
    ids = pd.concat([rows["reader"] for rows in counted.values()]).value_counts().index
    return [
        Reader(
            str(id_),
            names[str(id_)],
            {kind: agreement.confusion(rows[rows["reader"] == id_]) for kind, rows in counted.items()},
        )
        for id_ in ids
    ]


def _pairs(readings: Readings) -> list[Pair]:
    found = agreement.pairs(_in_common(readings.blind), readings.asked.reader)
    return [
        Pair((readings.names[one], readings.names[other]), agreeing, kappa) for one, other, agreeing, kappa in found
    ]


def _in_common(rows: pd.DataFrame) -> pd.DataFrame:
    """Films that those asked for have read in the time asked for, with all that others said of them."""
    return rows[rows["film"].isin(rows.loc[rows["asked"], "film"])]

"""How precise each reader's numbers are, and what several readers' numbers of one film come to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import fmean, variance
from typing import Any, Literal

from sqlalchemy.orm import Session

from review.measured import interval_of
from review.reading.standing import blind_readings
from review.tables import Assessment, Film, Opinion

MIN_FILMS = 20
"""Films that two readers and the models have measured, below which a reader's precision is not known. Source: a
judgement, the same as the insight page's: a variance of 20 is already off by half of itself (chi squared)."""

How = Literal["one reader", "mean", "by precision", "last word"]


@dataclass(frozen=True)
class Merged:
    """What readers say of one film."""

    value: float
    """In the problem's unit."""
    how: How
    readers: int


def merged(said: Sequence[Any], precisions: Mapping[str, float]) -> Merged:
    """The readers' number: each counts by its reader's precision where all of these are known, else alike.

    Args:
        said: opinions with a number that stand, one a reader: Opinion, or rows with its attributes; at least one.
        precisions: of precisions_of.
    """
    if last := [each for each in said if each.arbitration]:
        return Merged(last[-1].value, "last word", len(said))
    values = [each.value for each in said]
    if len(values) == 1:
        return Merged(values[0], "one reader", 1)
    if all(each.reader_id in precisions for each in said):
        weights = [precisions[each.reader_id] for each in said]
        total = sum(weight * value for weight, value in zip(weights, values, strict=True))
        return Merged(total / sum(weights), "by precision", len(values))
    return Merged(fmean(values), "mean", len(values))


def precisions_of(session: Session, problem: str) -> dict[str, float]:
    """Reader's id to one over the variance of their errors; only of those of whom it is known.

    Two readers and the models measure the same films. Where all three err independently, the variances of their three
    differences tell each one's own. Only blind readings count: the others' errors are not independent.

    Source:
        Grubbs 1948, "On estimating precision of measuring instruments and product variability".
    """
    films = _blind(session, problem)
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    readers = sorted({reader for said, _ in films for reader in said})
    for one, other in permutations(readers, 2):
        both = [(said[one], said[other], model) for said, model in films if one in said and other in said]
        if len(both) >= MIN_FILMS:
            found[one].append((len(both), _own_variance(both)))
    variances = {reader: sum(n * each for n, each in told) / sum(n for n, _ in told) for reader, told in found.items()}
    return {reader: 1 / each for reader, each in variances.items() if each > 0}


def _own_variance(films: Sequence[tuple[float, float, float]]) -> float:
    """Of the first one's errors; by chance it may come out below 0, which says nothing.

    Args:
        films: what three that err independently say of each.
    """
    first, second, third = zip(*films, strict=True)
    ab, ac, bc = (
        variance([x - y for x, y in zip(one, other, strict=True)])
        for one, other in ((first, second), (first, third), (second, third))
    )
    return float(ab + ac - bc) / 2


def _blind(session: Session, problem: str) -> list[tuple[dict[str, float], float]]:
    """Of each film: reader's id to the number that was said blind, and the models' number."""
    query = blind_readings(Opinion.film_id, Opinion.reader_id, Opinion.value, Assessment.body)
    query = query.join(Assessment, Assessment.id == Opinion.assessment_id).join(Film, Film.id == Opinion.film_id)
    query = query.where(Film.problem == problem, Opinion.value.is_not(None))
    said: dict[str, dict[str, float]] = defaultdict(dict)
    models: dict[str, float] = {}
    for film, reader, value, body in session.connection().execute(query):
        if measured := interval_of(body):
            said[film][reader] = value
            models[film] = measured.value
    return [(said[film], models[film]) for film in sorted(said)]

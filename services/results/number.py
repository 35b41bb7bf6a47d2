"""What reports, records and messages of a number say alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from highdicom.sr import CodedConcept

from results import codes as concepts
from results.measured import Measured, Value
from vocabulary.problems.known import NUMBERS
from vocabulary.problems.problem import Number, Problem

KNOWN_FILM = concepts.ours("known-film", "Probability of a film like those known")
INTERVAL = concepts.ours("interval", "Interval that holds the reader's number")


@dataclass(frozen=True)
class Quantity:
    """A number that somebody says of a film, coded as its problem is."""

    value: float
    what: CodedConcept
    unit: CodedConcept
    site: CodedConcept | None
    """Where on the body it was measured."""
    word: str
    """The unit, as people say it."""


@dataclass(frozen=True)
class Told(Quantity):
    """A model's number, and what is known of it."""

    low: float
    high: float
    coverage: float
    """Share of films whose reader's number the interval is to hold."""


def problem(measured: Measured) -> Problem:
    """Which was asked.

    Raises:
        KeyError: a newer gateway's, which is not known here.
    """
    return NUMBERS[measured.asked]


def told(measured: Measured) -> Told | None:
    """The number of a film; None where it was refused."""
    return told_of(problem(measured), measured.value)


def told_of(asked: Problem, value: Value | None) -> Told | None:
    """The number in what a gateway answers; None where there is none, or no number is asked.

    Args:
        asked: which problem.
        value: the answer's, by unit, and its interval.
    """
    number = asked.asks
    if value is None or not isinstance(number, Number):
        return None
    low, high = _pair(value["interval"])
    said = quantity(asked, number, _one(value[number.unit]))
    return Told(**vars(said), low=low, high=high, coverage=number.coverage)


def quantity(asked: Problem, number: Number, value: float) -> Quantity:
    """A number of a problem, in its unit.

    Args:
        asked: the problem.
        number: what it asks.
        value: in the unit of that.
    """
    site = concepts.concept(asked.site) if asked.site else None
    return Quantity(value, concepts.concept(asked.code), concepts.concept(number.ucum), site, number.unit)


def texts(measured: Measured) -> Iterator[str]:
    """What a person should read."""
    asked, number = problem(measured), told(measured)
    if measured.refusal:
        yield f"AI result not available: {measured.refusal.detail}"
    if number:
        yield sentence(asked, number)
    for name, known in measured.told.items():
        yield f"It was read for {name} {known}."
    if asked.population:
        yield f"The model was evaluated in {asked.population} only."


def sentence(asked: Problem, number: Told) -> str:
    """The number in words, with what its interval is."""
    return (
        f"{asked.title}: {number.value:g} {number.word}. {number.low:g} to {number.high:g} {number.word} hold the "
        f"reader's number in {number.coverage:.0%} of films like those of the model's validation."
    )


def _one(value: float | tuple[float, float]) -> float:
    return value if isinstance(value, float) else value[0]


def _pair(value: float | tuple[float, float]) -> tuple[float, float]:
    return (value, value) if isinstance(value, float) else value

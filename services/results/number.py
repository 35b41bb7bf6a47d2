"""What reports, records and messages of a number say alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from highdicom.sr import CodedConcept

from results import codes as concepts
from results.measured import Measured
from vocabulary.problems.known import NUMBERS
from vocabulary.problems.problem import Number, Problem

KNOWN_FILM = concepts.ours("known-film", "Probability of a film like those known")
INTERVAL = concepts.ours("interval", "Interval that holds the reader's number")


@dataclass(frozen=True)
class Told:
    """A number, and what is known of it."""

    value: float
    low: float
    high: float
    coverage: float
    """Share of films whose reader's number the interval is to hold."""
    what: CodedConcept
    unit: CodedConcept
    word: str
    """The unit, as people say it."""


def problem(measured: Measured) -> Problem:
    """Which was asked.

    Raises:
        KeyError: a newer gateway's, which is not known here.
    """
    return NUMBERS[measured.asked]


def told(measured: Measured) -> Told | None:
    """The number of a film; None where it was refused."""
    asked = problem(measured)
    number = asked.asks
    if measured.value is None or not isinstance(number, Number):
        return None
    low, high = _pair(measured.value["interval"])
    coded = concepts.concept(asked.code), concepts.concept(number.ucum)
    return Told(_one(measured.value[number.unit]), low, high, number.coverage, *coded, number.unit)


def texts(measured: Measured) -> Iterator[str]:
    """What a person should read."""
    asked, number = problem(measured), told(measured)
    if measured.refusal:
        yield f"AI result not available: {measured.refusal.detail}"
    if number:
        yield (
            f"{asked.title}: {number.value:g} {number.word}. {number.low:g} to {number.high:g} {number.word} hold the "
            f"reader's number in {number.coverage:.0%} of films like those of the model's validation."
        )
    for name, known in measured.told.items():
        yield f"It was read for {name} {known}."
    if asked.population:
        yield f"The model was evaluated in {asked.population} only."


def _one(value: float | tuple[float, float]) -> float:
    return value if isinstance(value, float) else value[0]


def _pair(value: float | tuple[float, float]) -> tuple[float, float]:
    return (value, value) if isinstance(value, float) else value

"""Films of which a number is asked: what was measured of them, and in which words it is told."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from review.languages.numbers import decimal
from review.languages.texts import gettext as _
from vocabulary.problems.known import NUMBERS, PROBLEMS
from vocabulary.problems.problem import Number

PLACES = 1
"""Of a number that is told or said. Source: the gateway's own (gateway.gauging)."""


class Interval(NamedTuple):
    """A number and what holds the reader's number in the share of films that is asked for, in the problem's unit."""

    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a reader's number is in it; its ends are."""
        return self.low <= value <= self.high


def number_of(problem: str) -> Number | None:
    """What is asked of the films of a problem; None of the chest's, of which classes are, and of one not known here."""
    asks = NUMBERS[problem].asks if problem in NUMBERS else None
    return asks if isinstance(asks, Number) else None


def interval_of(answer: Mapping[str, Any]) -> Interval | None:
    """What an answer of the gateway measured; None where it did not, or is no number's.

    Args:
        answer: the gateway's JSON.
    """
    asks = number_of(answer.get("asked") or "")
    told = answer.get("value")
    if asks is None or not isinstance(told, Mapping) or asks.unit not in told or "interval" not in told:
        return None
    low, high = told["interval"]
    return Interval(float(told[asks.unit]), float(low), float(high))


def in_unit(value: float, problem: str, signed: bool = False) -> str:
    """A number of a problem with its unit, in words.

    Args:
        value: the number.
        problem: its name.
        signed: with its plus, too, as differences have it.
    """
    asks = number_of(problem)
    unit = _(asks.unit) if asks else ""
    return _("%(value)s %(unit)s", value=decimal(value, PLACES, signed), unit=unit)


def title(problem: str) -> str:
    """What a problem is called."""
    known = PROBLEMS.get(problem)
    return _(known.title) if known else problem

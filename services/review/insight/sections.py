"""What the insight page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from review.insight.estimates import MIN_OF_CLASS, MIN_PATIENTS, MIN_READINGS

WHEN_SAID = {"blind": "blind", "seen": "after the answer"}


@dataclass(frozen=True)
class Table:
    """Numbers."""

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Section:
    """One question, with a plot that has the section's name."""

    name: str
    title: str
    told: list[str]
    """Sentences."""
    described: str
    """What the plot shows, for those who cannot see it."""
    tables: list[Table]


def rules() -> str:
    """When nothing is said."""
    return (
        f"Below {MIN_READINGS} readings, {MIN_PATIENTS} patients or, where classes matter, {MIN_OF_CLASS} patients of "
        "a class, the page says “too few to say” instead of a number. All intervals are 95 %."
    )

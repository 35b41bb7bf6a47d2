"""What the insight page is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from review.insight.estimates import MIN_OF_CLASS, MIN_PATIENTS, MIN_READINGS
from review.languages.texts import gettext, gettext_noop

WHEN_SAID = {"blind": gettext_noop("blind"), "seen": gettext_noop("after the answer")}


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


def when_said(kind: str) -> str:
    """One of gathered.KINDS, in words."""
    return gettext(WHEN_SAID[kind])


def rules() -> str:
    """When nothing is said."""
    return gettext(
        "Below %(readings)s readings, %(patients)s patients or, where classes matter, %(of_class)s patients of "
        "a class, the page says “too few to say” instead of a number. All intervals are 95 %%.",
        readings=MIN_READINGS,
        patients=MIN_PATIENTS,
        of_class=MIN_OF_CLASS,
    )

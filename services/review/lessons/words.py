"""What learning says, in the language of the request: what it knows in words of its own is in English.

What a certificate, a round or a file says beyond that stays as it was written: the page shows it as English.
"""

from collections.abc import Iterable

from certificates.allowed import Lack
from certificates.certificate import Decision
from review.languages.texts import gettext, gettext_noop
from review.words import named

DECISIONS: dict[Decision, str] = {
    "promote": gettext_noop("The candidate may be promoted."),
    "refuse": gettext_noop("The candidate may not be promoted."),
    "too_few": gettext_noop("The candidate cannot be judged: too few films."),
}
"""What people call a certificate's decision."""

STEPS = {
    "calibration and operating points": gettext_noop("Calibration and operating points"),
    "the classifier's last layer": gettext_noop("The classifier's last layer"),
    "correction": gettext_noop("A correction of the numbers, and their intervals"),
}
"""What may be taught (certificates.allowed), and that of numbers."""

ROUND = frozenset(
    {
        gettext_noop("Starting"),
        gettext_noop("Exporting what readers said"),
        gettext_noop("Finding the lungs"),
        gettext_noop("Looking at the films"),
        gettext_noop("Looking at the boxes"),
        gettext_noop("Teaching the calibration"),
        gettext_noop("Teaching the last layer"),
        gettext_noop("Judging the candidate, and packing it"),
    }
)
"""Steps of a round, as learning tells them."""


def decided(decision: Decision) -> str:
    """A sentence."""
    return gettext(DECISIONS[decision])


def taught(step: str) -> str:
    """Something that may be taught."""
    return gettext(STEPS.get(step, step))


def lacking(lack: Lack) -> str:
    """Films that there are too few of."""
    if lack.of == "classes":
        return gettext("films of more than one class")
    count = {"films": lack.films, "needed": lack.needed}
    if lack.of == "judging":
        return gettext("%(films)s of %(needed)s films, read blind, that judge", **count)
    if lack.of == "class":
        name = named(lack.label).lower()
        return gettext("%(films)s of %(needed)s films that teach %(name)s", name=name, **count)
    return gettext("%(films)s of %(needed)s films that teach", **count)


def all_lacking(lacks: Iterable[Lack]) -> str:
    """All of them."""
    return "; ".join(map(lacking, lacks))


def round_step(step: str) -> str:
    """A step of a round; one of a newer version of learning as it calls it."""
    return gettext(step) if step in ROUND else step

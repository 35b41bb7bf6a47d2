"""The models' answer in words: what a doctor reads first; numbers come after it."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from review.languages.numbers import decimal
from review.languages.texts import gettext as _
from review.measured import PLACES, Interval, in_unit, interval_of
from review.urgency import abnormal
from review.words import named, zone
from vocabulary.conditions import CLASSES

Kind = Literal["normal", "abnormal", "unsure", "estimate"]

NORMAL = CLASSES[-1]


class Verdict(NamedTuple):
    """Of one assessed film."""

    kind: Kind
    text: str
    where: str
    """Where in the lungs the heat of the most probable pathology is highest; empty where nobody knows."""


def verdict(answer: Mapping[str, Any], zones: Mapping[str, str] | None = None) -> Verdict | None:
    """What an answer comes to; None where the film was not assessed.

    Sure is what the operating points say: each is the probability that nine in ten films of its class reach, so that
    the classes which reach theirs are those that the film may be of (results.certainty). Where all of these are
    pathologies, the film is called abnormal. An older classifier without points names its most probable class.

    Args:
        answer: the gateway's JSON.
        zones: class to where its heat is highest, in words.
    """
    if found := interval_of(answer):
        return Verdict("estimate", _measured(found, answer["asked"]), "")
    classes: Mapping[str, float] | None = answer.get("classes")
    if answer.get("outcome") != "assessed" or not classes:
        return None
    possible = answer.get("possible_classes")
    if possible is None:
        possible = [name] if (name := answer.get("predicted_class")) else []
    if possible == [NORMAL]:
        return Verdict("normal", _("Probably normal"), "")
    names = _(" or ").join(named(name).lower() for name in possible)
    if not possible or NORMAL in possible:
        return Verdict("unsure", _("Not sure: %(names)s", names=names or _("no class is probable enough")), "")
    likely = max(possible, key=lambda name: classes.get(name, 0.0))
    return Verdict("abnormal", _("Abnormal: %(names)s", names=names), zone(zones.get(likely) if zones else None))


def _measured(found: Interval, problem: str) -> str:
    ends = {"low": decimal(found.low, PLACES), "high": decimal(found.high, PLACES)}
    return _("%(number)s (%(low)s to %(high)s)", number=in_unit(found.value, problem), **ends)


def percent(value: float) -> str:
    """A probability; never a rounded 0 or 100 %, of which no model can be sure."""
    if 0.99 < value < 1:
        return "> 99 %"
    if 0 < value < 0.01:
        return "< 1 %"
    return f"{round(100 * value)} %"


def abnormal_in(answer: Mapping[str, Any]) -> float | None:
    """The probability of any pathology; None where there is none."""
    classes = answer.get("classes") or {}
    return abnormal(classes) if NORMAL in classes else None

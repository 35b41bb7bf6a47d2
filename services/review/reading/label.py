"""What the opinions that stand make of a film: its label, which of them counts for it, and the film's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal, get_args

from review.measured import number_of
from review.tables import Film, Opinion, State
from vocabulary.problems.problem import Number

How = Literal["last_word", "disputed", "agreed", "one_reader", "refusal_is_right", "nothing"]
HOW: tuple[How, ...] = get_args(How)

Why = Literal["differs", "refusal", "blind"]
"""Why a film gets a second reader: its reader differs from the models, says that they wrongly refused it, or read it
blind."""

MIN_READERS_ALIKE = 2
"""Readers who say the same make a label certain, however sure each is; and so does a chief's last word."""

CERTAIN: tuple[How, ...] = ("last_word", "agreed")


@dataclass(frozen=True)
class Decision:
    """What opinions say of a film."""

    how: How
    label: str | None = None
    opinion: Any = None
    """The one that counts for it: an Opinion, or a row with its columns; None where how is disputed or nothing."""
    value: float | None = None
    """In the label's place, where a number is asked: the mean of what its readers say, in the problem's unit."""

    @property
    def certain(self) -> bool:
        """Whether nobody has to read the film any more."""
        return self.how in CERTAIN


def decide(opinions: Sequence[Any], number: Number | None = None) -> Decision:
    """The label, or number, is a chief's last word; else what all say, for which counts who said it blind first.

    Who says that a film was rightly refused as no chest radiograph has said what it is.

    Args:
        opinions: those that stand, or that are chosen of them, the newest last: Opinion, or rows with its attributes.
        number: what is asked of the film, where that is no class.
    """
    if number:
        return _decide_number(opinions, number)
    with_label = [each for each in opinions if each.label]
    if last_word := [each for each in with_label if each.arbitration]:
        return Decision("last_word", last_word[-1].label, last_word[-1])
    if disagree(opinions):
        return Decision("disputed")
    if with_label:
        first = min(with_label, key=lambda each: (not each.blind, each.number))
        return Decision("agreed" if len(with_label) >= MIN_READERS_ALIKE else "one_reader", first.label, first)
    if right := [each for each in opinions if each.refusal == "right"]:
        no_chest = [each for each in right if each.judged_refusal == "not_a_chest_radiograph"]
        return Decision("refusal_is_right", "not_a_chest_film" if no_chest else None, (no_chest or right)[0])
    return Decision("nothing")


def _decide_number(opinions: Sequence[Any], number: Number) -> Decision:
    said = [each for each in opinions if each.value is not None]
    if last_word := [each for each in said if each.arbitration]:
        return Decision("last_word", opinion=last_word[-1], value=last_word[-1].value)
    if not said:
        right = [each for each in opinions if each.refusal == "right"]
        return Decision("refusal_is_right", opinion=right[0]) if right else Decision("nothing")
    values = [each.value for each in said]
    if not number.alike(values):
        return Decision("disputed")
    first = min(said, key=lambda each: (not each.blind, each.number))
    how: How = "agreed" if len(said) >= MIN_READERS_ALIKE else "one_reader"
    return Decision(how, opinion=first, value=fmean(values))


def disagree(opinions: Sequence[Any]) -> bool:
    """Whether readers call the film, of which a class is asked, differently."""
    return len({each.label for each in opinions if each.label}) > 1


def settle(film: Film, opinions: Sequence[Opinion], second_read: bool) -> None:
    """Bring the film's state and label up to what stands.

    Args:
        opinions: those that stand, the newest last.
        second_read: whether a film whose first reader disagrees with the models is read by another one; and each film
            that was read blind, too: were it only the disputed ones, readers would be compared on those alone.
    """
    decision = decide(opinions, number_of(film.problem))
    film.state = _state(decision, second_read and why_second(film, opinions) is not None)
    open_again = film.state == "second_read"
    film.label = None if open_again else decision.label
    film.value = None if open_again else decision.value
    film.read_at = min((each.at for each in opinions), default=None)


def _state(decision: Decision, doubted: bool) -> State:
    if decision.certain:
        return "settled"
    if decision.how == "disputed":
        return "arbitration"
    if decision.how == "one_reader":
        return "second_read" if doubted else "read"
    return "read" if decision.how == "refusal_is_right" else "unread"


def why_second(film: Film, opinions: Sequence[Opinion]) -> Why | None:
    """Why a film gets a second reader; None where it needs none."""
    if any(each.agrees is False for each in opinions):
        return "differs"
    if any(each.refusal == "wrong" for each in opinions):
        return "refusal"
    return "blind" if film.blind else None

"""What amendments say of films of which a number is asked: the reader's, and the AI's beside it."""

from results.amendment import Amendment, Answer, Said
from results.number import Quantity, Told, quantity, sentence, told_of
from vocabulary.problems.known import PROBLEMS
from vocabulary.problems.problem import Number


def of_the_reader(amendment: Amendment) -> Quantity | None:
    """The number that a reader says; None where they say none."""
    number = amendment.problem.asks
    if amendment.said is None or amendment.said.value is None or not isinstance(number, Number):
        return None
    return quantity(amendment.problem, number, amendment.said.value[number.unit])


def of_the_ai(amendment: Amendment) -> Told | None:
    """The number that the AI said, with its interval; None where there was none."""
    return told_of(amendment.problem, amendment.answer.value)


def said_by_the_ai(amendment: Amendment) -> list[str]:
    """The same in words; empty where there was none."""
    number = of_the_ai(amendment)
    return [f"The AI's answer: {sentence(amendment.problem, number)}"] if number else []


def check_asked(amendment: Amendment) -> None:
    """Refuse what was not asked of the film.

    Raises:
        ValueError: a class where a number is asked or a number where classes are, a number that cannot be, or a
            problem that is not known here; in words that a person may read, without what was said.
    """
    answer, said = amendment.answer, amendment.said
    if answer.asked not in PROBLEMS:
        raise ValueError("the problem is not known here")
    number = amendment.problem.asks
    if not isinstance(number, Number):
        if answer.value is not None or (said and said.value is not None):
            raise ValueError("of this film no number is asked")
        return
    if _of_classes(answer) or (said and _says_classes(said)):
        raise ValueError("of this film a number is asked, and no class or finding")
    if answer.value is not None and not _is_whole(answer.value, number):
        raise ValueError(f"the AI's number is not in {number.unit}, or has no interval")
    if said and said.value is not None:
        _check_number(said.value, number)


def _of_classes(answer: Answer) -> bool:
    return bool(answer.predicted_class or answer.classifier or answer.declared)


def _says_classes(said: Said) -> bool:
    drawn = any(each.finding or each.kind == "lung" for each in said.shapes)
    return bool(said.label or said.findings or said.lungs or drawn)


def _is_whole(value: dict[str, float | tuple[float, float]], number: Number) -> bool:
    return isinstance(value.get(number.unit), float) and isinstance(value.get("interval"), tuple)


def _check_number(value: dict[str, float], number: Number) -> None:
    if number.unit not in value:
        raise ValueError(f"the number is not in {number.unit}")
    if not number.lowest <= value[number.unit] <= number.highest:
        raise ValueError(f"the number is not between {number.lowest:g} and {number.highest:g} {number.unit}")

"""Numbers as they are written in the language of the request."""

from babel.numbers import format_decimal, get_decimal_symbol

from review.languages.spoken import spoken


def decimal(value: float, digits: int, signed: bool = False) -> str:
    """A number with so many digits after the point; signed: with its plus, too, as differences have it."""
    return pointed(f"{value:{'+' if signed else ''}.{digits}f}")


def pointed(number: str) -> str:
    """A number that is written with a point, with what the language has in its place."""
    return number.replace(".", get_decimal_symbol(spoken()))


def grouped(count: int) -> str:
    """A count."""
    return format_decimal(count, locale=spoken())

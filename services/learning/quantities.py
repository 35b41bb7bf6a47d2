"""What a release says, by the names under which its distribution is compared."""

from vocabulary.problems.problem import Number


def named(label: str) -> str:
    """A class's probabilities."""
    return f"probabilities of {label.replace('_', ' ')}"


def number_named(number: Number) -> str:
    """The numbers of a problem that asks for one."""
    return f"numbers in {number.unit}"

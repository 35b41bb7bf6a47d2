"""A lesson of a number in words."""

from collections.abc import Iterator

from learning.numbers.lesson import Lesson
from training.numbers.course import asked


def told(lesson: Lesson) -> Iterator[str]:
    """Lines for a person: what it was made of, and what that came to."""
    recipe, correction, number = lesson.recipe, lesson.correction, asked(lesson.problem)
    yield (
        f"Lesson {lesson.number} of {lesson.problem.name} was taught from version {recipe['parent']['version']}: "
        f"{recipe['films']} films taught; {recipe['judge']} films of other patients judge."
    )
    low, high = (correction.scale * end + correction.shift for end in (number.lowest, number.highest))
    yield (
        f"  numbers are multiplied by {correction.scale:g}, and {correction.shift:+.1f} {number.unit}: "
        f"{number.lowest:g} becomes {low:.1f}, {number.highest:g} becomes {high:.1f}, within the range"
    )
    yield f"  intervals are {correction.scale * correction.widening:.2f} times as wide"
    if recipe["refused"]:
        yield f"  {recipe['refused']} films are left out: the stage refuses them as no {lesson.problem.film}"

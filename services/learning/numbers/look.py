"""Whether there are enough numbers to teach, and how far the answers are from them: for the chief, in a few lines."""

from collections.abc import Iterator, Set

from certificates.allowed import CORRECTION, lacking
from learning.look import FEWEST_READINGS
from learning.numbers.said import Numbers
from training.numbers.course import asked


def told(numbers: Numbers, taught_before: Set[str]) -> Iterator[str]:
    """Lines for a person.

    Args:
        taught_before: patients of earlier lessons of the problem.
    """
    judging = numbers.judging(taught_before)
    labels, blind = int((~judging).sum()), int((judging & numbers.drawn).sum())
    yield f"{labels} films teach; {blind} films of other patients, drawn by chance, judge. All were read blind."
    if numbers.shown:
        yield f"  {numbers.shown} films more were read with the answer shown: they tell nothing."
    yield from _off(numbers)
    few, judges = lacking(labels, blind, CORRECTION)
    if missing := [*few, *judges]:
        yield f"To teach anything: {'; '.join(map(str, missing))}."
        yield "Nothing may be taught yet."
    else:
        name = numbers.problem.name
        yield f"A correction and intervals may be taught: python -m learning teach --problem {name}"


def _off(numbers: Numbers) -> Iterator[str]:
    """How far each reader is from what was answered to them, which they had not seen."""
    unit, rows = asked(numbers.problem).unit, numbers.opinions.dropna(subset=["ai_value"])
    for name, own in rows.groupby("reader"):
        if len(own) >= FEWEST_READINGS:
            off = own["value"] - own["ai_value"]
            yield (
                f"  {name}: {len(own)} films, {off.mean():+.1f} {unit} from the answers on average, "
                f"{off.abs().mean():.1f} off without the sign"
            )

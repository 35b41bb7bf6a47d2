"""Whether there is enough to teach, what more would buy, and how readers are: for the chief, in a few lines."""

from collections.abc import Iterator

from scipy.stats import norm

from certificates.allowed import CALIBRATION, HEAD
from learning.judge import GAIN_ALPHA
from learning.labels import Labels
from learning.lesson import divide
from learning.readers import influence, merge
from training.statistics import wilson

POWER = 0.80

CORRELATION = 0.82
"""Of the scores of a version and of the one that was taught from it. Source: a judgement, of a
first lesson; later ones are more alike, and need fewer films."""

AREA = 0.80
"""Where readers' labels do not tell how good the models are."""

FEWEST_READINGS = 10

NEXT = {
    "nothing": "Nothing may be taught yet.",
    "calibration": "Calibration and operating points may be taught: python -m learning teach",
    "head": "A new last layer may be taught: python -m learning teach. The blocks before it may not, however "
    "many labels there are: without base films nobody could tell what they forget (docs/learning.md, Limits)",
}


def told(labels: Labels, taught_before: set[str]) -> Iterator[str]:
    """Lines for a person.

    Args:
        taught_before: patients of earlier lessons.
    """
    judging = divide(labels, taught_before)
    enough = labels.enough(judging)
    films = enough.blind
    classes = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in enough.classes.items())
    yield f"{enough.labels} films teach ({classes or 'none'}); {films} films of other patients, read blind, judge."
    yield from _gains(labels, films)
    yield from _readers(labels)
    if more := {
        "nothing": enough.wanting(CALIBRATION),
        "calibration": enough.wanting(HEAD),
    }.get(enough.method):
        what = "teach anything" if enough.method == "nothing" else "teach a new last layer"
        yield f"To {what}: {'; '.join(more)}."
    yield NEXT[enough.method]


def _gains(labels: Labels, films: int) -> Iterator[str]:
    """What a gain must be to be proved, with these films and with more."""
    share = float((labels.settled() == labels.settled().max()).mean()) if len(labels.rows) else 0.5
    for more in (0, 50, 100):
        if films + more >= FEWEST_READINGS:
            gain = provable(films + more, min(max(share, 0.1), 0.9))
            yield f"  {films + more} films that judge prove a gain of {gain:.3f} of the AUROC in {POWER:.0%} of cases"


def provable(films: int, share: float, area: float = AREA, correlation: float = CORRELATION) -> float:
    """The gain of an AUROC that so many films prove.

    Args:
        films: that judge.
        share: of them of one class.
        area: the parent's AUROC.
        correlation: of both versions' scores.

    Source:
        Hanley and McNeil 1982 (error of an area) and 1983 (of the difference of two on the same films).
    """
    first, second = films * share, films * (1 - share)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (first - 1) * (q1 - area**2) + (second - 1) * (q2 - area**2)) / (first * second)
    error = float((2 * variance * (1 - correlation)) ** 0.5)
    return float(norm.ppf(1 - GAIN_ALPHA) + norm.ppf(POWER)) * error


def _readers(labels: Labels) -> Iterator[str]:
    merged = merge(labels.said, len(labels.rows))
    counts = {name: sum(each.reader == name for each in labels.said) for name in merged.errors}
    for name, wrong in sorted(merged.errors.items()):
        if counts[name] >= FEWEST_READINGS:
            low, high = wilson(round(wrong * counts[name]), counts[name])
            about = f"wrong in about {wrong:.0%} ({low:.0%} to {high:.0%}) by what the others say"
            yield f"  {name}: {counts[name]} films, {about}"
    found = influence(labels.said)
    if found.shown and found.blind:
        low, high = found.interval
        yield (
            f"  Of the times that readers would have differed from the models, they follow them in {found.follows:.0%} "
            f"({low:.0%} to {high:.0%}; {found.blind} labels blind, {found.shown} with the answer shown)"
        )

"""Whether the models are sure of a film, and how that is said."""

from collections.abc import Mapping

from vocabulary.words import label


def possible(classes: Mapping[str, float], points: Mapping[str, float]) -> list[str] | None:
    """The classes that reach their operating points; None where an older classifier has no points.

    Args:
        classes: class to probability.
        points: class to the highest probability that a fixed share of its validation films reach.

    Source:
        The prediction set of label-conditional conformal prediction (Vovk et al. 2005; Sadinle et al. 2019): whatever
        the true class is, it is in the set for that share of films that are like the validation split's.
    """
    if not points:
        return None
    return [name for name, value in classes.items() if name in points and value >= points[name]]


def unsure(possible_classes: list[str] | None) -> str | None:
    """A sentence for a person where not exactly one class is possible."""
    if possible_classes is None or len(possible_classes) == 1:
        return None
    if not possible_classes:
        return "Not sure: no class is probable enough."
    return f"Not sure: {' or '.join(label(name).lower() for name in possible_classes)}."

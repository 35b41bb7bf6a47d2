"""What people call classes, findings and reasons of refusal."""

from vocabulary.conditions import CONDITIONS
from vocabulary.refusals import REFUSALS

_LABELS = {name: each.label for name, each in (CONDITIONS | REFUSALS).items()}


def label(name: str) -> str:
    """As people read it; a newer version's, which we do not know, by its own name."""
    return _LABELS.get(name, name.replace("_", " "))

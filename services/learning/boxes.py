"""Boxes that readers drew, as `review export` writes them (shapes.json): whose map is asked to be warmer there."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.boxes import KINDS
from training.findings import TRAINED_FINDINGS
from vocabulary.conditions import CLASSES

SHAPES = "shapes.json"

INTERSTITIAL, OTHER = CLASSES[:2]

DEVICES = "Support_Devices"
"""No disease, and so no class."""

OPAQUE = ("Lung_Opacity", "Pneumonia", "Consolidation", "Infiltration")
"""What an interstitial pneumonia looks like; a box of anything else on such a film is of something beside it."""

FREEHAND = "drawn freehand"
INFLUENCED = "drawn after the answer was shown"
NOTHING = "of nothing that has a map"
UNHEARD = "of films or opinions that do not count"


@dataclass(frozen=True)
class Drawn:
    """One box, and the maps that it asks something of."""

    film: int
    """Position in the rows of the labels."""
    reader: str
    outputs: tuple[int, ...]
    """Of the classifier: a class, a finding (which follow the classes), or both."""
    row: float
    """Of the upper left corner, as column; all in pixels of the exported film."""
    column: float
    rows: float
    columns: float


@dataclass(frozen=True)
class Boxes:
    """Those that may teach and judge, and how many of the others there are, by why."""

    drawn: list[Drawn] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Opinion:
    """What a box's reader said of its film."""

    label: str
    """One of CLASSES."""
    blind: bool
    """Before the models' answer was shown."""


def read(
    path: Path,
    opinions: Mapping[tuple[str, str], Opinion],
    film: Mapping[str, int],
    names: Sequence[str] = TRAINED_FINDINGS,
) -> Boxes:
    """All boxes of an export; none where it has no such file.

    Args:
        opinions: by image and reader, those that count.
        film: position by image.
        names: of the findings that the served classifier was trained for.

    Raises:
        OSError, ValueError, KeyError, TypeError: it is no such file.
    """
    boxes = Boxes()
    told: dict[str, list[dict[str, Any]]] = json.loads(path.read_text()) if path.exists() else {}
    for image, shapes in sorted(told.items()):
        for shape in shapes:
            found = _drawn(shape, opinions.get((image, shape["reader"])), film.get(image), names)
            if isinstance(found, str):
                boxes.left_out[found] += 1
            else:
                boxes.drawn.append(found)
    return boxes


def outputs(label: str, finding: str | None, names: Sequence[str] = TRAINED_FINDINGS) -> tuple[int, ...]:
    """Which maps a box asks something of: its film's class, where the box is of what the class means, and its finding.

    Args:
        label: what its reader called the film.
        finding: what its reader called the box, if anything.
        names: of the findings that the served classifier was trained for.
    """
    found = []
    if (label == INTERSTITIAL and finding in (None, *OPAQUE)) or (label == OTHER and finding != DEVICES):
        found.append(CLASSES.index(label))
    trained = KINDS.get(finding, finding) if finding else None
    if trained in names:
        found.append(len(CLASSES) + names.index(trained))
    return tuple(found)


def _drawn(shape: Mapping[str, Any], opinion: Opinion | None, film: int | None, names: Sequence[str]) -> Drawn | str:
    """A box, or why it is left out."""
    if shape["kind"] != "box":
        return FREEHAND
    if film is None or opinion is None:
        return UNHEARD
    if not opinion.blind:
        return INFLUENCED
    asked = outputs(opinion.label, shape["finding"], names)
    if not asked:
        return NOTHING
    across, down = zip(*((float(x), float(y)) for x, y in shape["points"]), strict=True)
    left, top = min(across), min(down)
    return Drawn(film, shape["reader"], asked, top, left, max(down) - top, max(across) - left)


def told(taught: Mapping[str, Any]) -> Iterator[str]:
    """A line for a person; none where nobody drew anything.

    Args:
        taught: a lesson's recipe, of its boxes.
    """
    films, weight, left_out = taught["films"], taught["weight"], taught["left_out"]
    if not films and not left_out:
        return
    use = f"taught where maps are to be warm, {weight:g} labels a film" if weight else "taught nothing"
    left = ", ".join(f"{count} {why}" for why, count in left_out.items())
    yield f"boxes: those on {films} films {use}" + (f"; left out: {left}" if left else "")

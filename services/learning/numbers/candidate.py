"""A candidate as something that can be served: the parent's weights, and a configuration with what was taught.

What the training films are like goes along, where the parent has it.
"""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from imaging.reference import Bins, Reference
from learning.candidate import STORE, rewrite_config, version
from learning.looking import CONFIG
from learning.numbers.correction import Correction
from learning.numbers.lesson import Lesson
from learning.numbers.served import Floats, Served
from training.export import WEIGHTS
from training.numbers.course import asked
from training.reference import FILE as REFERENCE

PLACES, SHARE_PLACES = 2, 6
"""Of the edges and the shares of a reference's bins."""


def write_store(lesson: Lesson, parent: Served) -> Path:
    """The model store of a lesson."""
    name = parent.problem.name
    store: Path = lesson.folder / STORE
    folder = store / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(parent.folder / WEIGHTS, folder / WEIGHTS)
    correction = lesson.correction
    wider = {group: round(each * correction.widening, 4) for group, each in parent.config["interval"].items()}
    taught = correction.after(parent.config.get("correction"))
    changed = {
        "version": f'"{version(parent.config, lesson.number)}"',
        "interval": f"{json.dumps(wider)}   # half, in the film's spreads; by readers' numbers",
        "correction": f"{json.dumps(taught)}   # of the number, by readers: scale * number + shift",
    }
    rewrite_config(parent.folder / CONFIG, folder / CONFIG, changed)
    if (before := parent.folder / REFERENCE).exists():
        reference = moved(Reference.read(before), lesson, parent)
        reference.write(folder / REFERENCE)
    return store


def moved(reference: Reference, lesson: Lesson, parent: Served) -> Reference:
    """What the training films are like to a lesson's stage: their numbers as it answers them, all else as before.

    Without that, what readers wanted would look like a drift.

    Args:
        reference: of the parent.
        lesson: whose correction it is.
        parent: the stage that was taught.
    """
    name, unit = parent.problem.name, asked(parent.problem).unit
    bins = corrected_bins(reference.scores[unit], lesson.correction, parent.numbers)
    stages = reference.about["stages"]
    taught = stages[name] | {"version": version(parent.config, lesson.number)}
    about = reference.about | {"stages": stages | {name: taught}}
    return replace(reference, about=about, scores=reference.scores | {unit: bins})


def corrected_bins(bins: Bins, correction: Correction, numbers: Floats) -> Bins:
    """The same films in bins of their corrected numbers.

    Bins that come to lie beyond an end of the range have all their films at that end, so they are one bin. At the
    upper end that is the last one, which has no edge; at the lower end its edge is the end, and the films lie on it.

    Args:
        bins: of the parent's numbers.
        correction: which keeps the numbers in their order.
        numbers: all that can be answered.
    """
    shares: dict[float, float] = {}
    edges = correction.of(np.array(bins.edges), numbers).tolist()
    for edge, share in zip([*edges, math.inf], bins.shares, strict=True):
        end = kept if (kept := round(edge, PLACES)) < numbers[-1] else math.inf
        shares[end] = round(shares.get(end, 0.0) + share, SHARE_PLACES)
    return Bins(tuple(edge for edge in shares if edge < math.inf), tuple(shares.values()), bins.films)

"""What the classifier is worth in a hospital that it has never seen: trained without a source, judged on all of it.

Its runs are shorter than the served weights' and keep no weights; evaluate puts their figures into the card.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from cxr.backbone import BODIES
from training.chests import Chests
from training.classification import NOTHING, OTHER, auroc, normal_or_other, within_views
from training.classifier import ClassifierCourse, classify
from training.course import fit, start_from
from training.crops import Crops
from training.figures import Figure, share
from training.films import Films, leave_out
from training.robustness import surroundings
from training.settings import ClassifierSettings
from vocabulary.conditions import CLASSES

COARSE_SIDE = 128
"""Pixels of the crop in these runs, which are many: a third of the served classifier's, unless another is asked for."""

WITHOUT = ", trained without"
"""In the words for the films of a source that was left out; how long was trained, and from where, follows."""

FILE = "holdout.json"
"""Beside the weights: the figures of every run so far."""

SOURCES: tuple[tuple[str, ...], ...] = (
    ("shenzhen", "montgomery"),
    ("nih",),
    ("siim",),
    ("chexpert",),
    ("covid-chestxray",),
    ("covid-cxnet",),
    ("actualmed",),
)
"""Adults' sources, left out together where they come from one place or show one disease."""


@dataclass(frozen=True)
class Run:
    """One training, and what it leaves out."""

    name: str
    left_out: tuple[str, ...]
    settings: ClassifierSettings


def runs(epochs: int, there: Collection[str], side: int = COARSE_SIDE) -> list[Run]:
    """Without each source that there is, without the lungs, with each body."""
    settings = ClassifierSettings(epochs=epochs, fine_epochs=0, coarse_side=side)
    planned = [Run("-".join(sources), sources, settings) for sources in SOURCES if set(there) & set(sources)]
    planned.append(Run("blank", (), replace(settings, blank=True)))
    return planned + [Run(body, (), replace(settings, body=body)) for body in BODIES]


def every(
    films: Films, crops: Crops, planned: list[Run], out: Path, store: Path, initial: Path | None = None
) -> Iterator[list[Figure]]:
    """Train and judge; what is trained already is only judged.

    Args:
        out: folder for a checkpoint of each run.
        store: folder of all stages' weights, whose classifier is told the figures.
        initial: weights to begin with. **They must never have seen what is left out.**
    """
    for run in planned:
        figures = hold_out(films, crops, run.left_out, run.settings, out / run.name, initial)
        remember(store / "classifier" / FILE, films.digest, run.name, figures)
        yield figures


def hold_out(
    films: Films,
    crops: Crops,
    left_out: tuple[str, ...],
    settings: ClassifierSettings,
    out: Path,
    initial: Path | None = None,
) -> list[Figure]:
    """Train without some sources and judge on all of them; where none is left out, judge on the test split.

    Args:
        out: folder for the checkpoint; a run that was stopped goes on.
        initial: see every.
    """
    course = ClassifierCourse(leave_out(films, left_out), crops, settings)
    if initial:
        start_from(course, initial, body=settings.body)
    learned = fit(course, out, settings.epochs, seed=1, resume=True)
    judged = Chests(only(films, left_out) if left_out else films, crops, "test")
    chests = (judged[index] for index in range(len(judged)))
    shown = [(surroundings(chest) if settings.blank else chest).shown(course.side) for chest in chests]
    logits = np.concatenate([found for found, _ in classify(course.average.module, shown)])[:, : len(CLASSES)]
    if settings.blank:
        return [auroc(judged, logits, "macro AUROC of a network trained and judged with the lungs painted over")]
    if not left_out:
        return [auroc(judged, logits, f"macro AUROC of {settings.body} after {learned} epochs at {course.side} pixels")]
    begun = f" from {initial.stem}" if initial else ""
    return list(_figures(judged, logits, f"{WITHOUT}, {learned} epochs{begun}, at {course.side} pixels"))


def _figures(judged: Chests, logits: np.ndarray, how: str) -> Iterable[Figure]:
    for name in sorted(set(judged.rows["dataset"])):
        part = (judged.rows["dataset"] == name).to_numpy()
        data, present = f"all of {name}{how}", set(judged.classes[part])
        if present == {OTHER, NOTHING}:
            yield auroc(judged, normal_or_other(logits), "AUROC, normal against other", data, part)
        elif len(present) > 1:
            yield auroc(judged, softmax(logits, axis=1), "macro AUROC", data, part)
        else:
            yield share("right", data, logits[part].argmax(axis=1) == judged.classes[part])
    yield from within_views(judged, logits, f", all of it{how}")


def only(films: Films, datasets: tuple[str, ...]) -> Films:
    """The films with all rows of these data sets as the test split, and no other."""
    split = np.where(films.rows["dataset"].isin(datasets), "test", "")
    return replace(films, rows=films.rows.assign(split=split))


def remember(path: Path, data: str, name: str, figures: list[Figure]) -> None:
    """Add a run's figures to the file, in place of an older run of the same name.

    Args:
        data: sha256 of the index; figures of another index are dropped.
    """
    runs = _runs(path, data) | {name: [asdict(figure) for figure in figures]}
    path.write_text(json.dumps({"data_sha256": data, "runs": dict(sorted(runs.items()))}, indent=2) + "\n")


def recall(path: Path, data: str) -> list[Figure]:
    """The figures of every run on this index in the file; none if there is no file."""
    return [Figure(**figure | {"ci95": tuple(figure["ci95"])}) for run in _runs(path, data).values() for figure in run]


def _runs(path: Path, data: str) -> dict[str, list[dict[str, Any]]]:
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    runs: dict[str, list[dict[str, Any]]] = kept["runs"] if kept.get("data_sha256") == data else {}
    return runs

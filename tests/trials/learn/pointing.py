"""What boxes are worth: where maps point, and whether classes are still told, with and without a hospital's boxes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.findings import lesson_of, row_of
from learning.head import Head, Lesson, drawn, probabilities, unseen
from learning.lesson import BOX_WEIGHT
from learning.marks import Mark, asked
from learning.teaching import remembering
from learning.warming import warmed
from tests.trials.learn.boxed import Boxed, Hospital
from tests.trials.learn.fitting import fit
from training.findings import TRAINED_FINDINGS, UNKNOWN
from training.memory import Memory
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES

FILMS = (50, 200)
"""With boxes, that teach, beside the films without that came meanwhile."""

WEIGHTS = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Of a film's boxes, in labels; 0 is without boxes."""

BESIDE = (0.1, 0.3)
"""The same, where boxes move the classes' rows one by one, as a finding's."""

TESTED = 400
"""Films of each hospital that tell what is so."""

OPACITY = TRAINED_FINDINGS.index("Lung_Opacity")

Row = tuple[NDArray[np.float64], float]


@dataclass(frozen=True)
class Told:
    """One draw, taught by one weight."""

    site: str
    films: int
    weight: float | None
    """None: nothing was taught."""
    draw: int
    beside: bool
    """Whether the classes' rows were moved one by one."""
    hit: float
    """Share of the films with boxes, whose class's map is hottest in one."""
    opacity: float
    """The same of lung opacity's map; not a number where there are no such boxes."""
    told: float
    """AUROC of lung opacity."""
    auroc: float
    """Of the hospital's classes."""
    own: float
    """Macro AUROC of the test films of the sources that the parent knows."""


def outcomes(boxed: Boxed, draws: int) -> Iterator[Told]:
    """All hospitals, counts and weights, each draw with other patients."""
    for name in boxed.sites:
        for number in range(draws):
            yield from drawn_once(boxed, name, number)


def drawn_once(boxed: Boxed, name: str, number: int) -> Iterator[Told]:
    """One draw of a hospital's patients: those of the test, and those that teach."""
    site, base, others = boxed.sites[name], drawn(boxed.memory), unseen(boxed.memory)
    opacity = _opacity(boxed.memory)
    order = _order(site, np.random.default_rng([number, 3]))
    test, rest = order[:TESTED], order[TESTED:]
    for count in FILMS:
        films = _first(site, rest[~np.isin(site.patients[rest], site.patients[test])], count)
        marks = [mark for mark in site.marks if mark.film in set(films.tolist())]
        lesson = Lesson.known(site.features[films], site.classes[films], len(CLASSES))
        yield _told(boxed, site, test, (boxed.head, opacity[0]), (name, count, None, number, False))
        alone = remembering(boxed.head, lesson, base, others, 1.0)[0]
        for weight in WEIGHTS:
            where = asked(marks, range(len(CLASSES)), weight)
            head = warmed(alone, where, base) if where else alone
            row = _taught(site, films, opacity, marks, 0.0)
            yield _told(boxed, site, test, (head, row), (name, count, weight, number, False))
        for weight in BESIDE:
            where = asked(marks, range(len(CLASSES)), weight)
            head = remembering(boxed.head, lesson, base, others, 1.0, where)[0]
            row = _taught(site, films, opacity, marks, weight)
            yield _told(boxed, site, test, (head, row), (name, count, weight, number, True))


def _order(site: Hospital, random: np.random.Generator) -> NDArray[np.int64]:
    """Films, patient by patient."""
    place = {name: at for at, name in enumerate(random.permutation(np.unique(site.patients)))}
    return np.argsort([place[name] for name in site.patients], kind="stable")


def _first(site: Hospital, films: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """As they come, until so many have boxes."""
    with_boxes = np.isin(films, sorted({mark.film for mark in site.marks if mark.output < len(CLASSES)}))
    return films[: int(np.searchsorted(with_boxes.cumsum(), count)) + 1]


def _opacity(memory: Memory) -> tuple[Row, Lesson, Lesson]:
    """A row for lung opacity, fitted to the base films, and these: replayed, and others."""
    train, val = (_known(memory, split) for split in ("train", "val"))
    blank = Head(np.zeros((2, train.features.shape[1])), np.zeros(2))
    fitted = fit(blank, train, train, anchor=1.0)
    return (fitted.weight[1] - fitted.weight[0], float(fitted.bias[1] - fitted.bias[0])), train, val


def _known(memory: Memory, split: str) -> Lesson:
    films = memory.of(split)
    films = films[memory.findings[films, OPACITY] != UNKNOWN]
    return lesson_of(memory.features[films], memory.findings[films, OPACITY])


def _taught(
    site: Hospital, films: NDArray[np.int64], opacity: tuple[Row, Lesson, Lesson], marks: list[Mark], weight: float
) -> Row:
    served, base, others = opacity
    known = films[site.findings[films, OPACITY] != UNKNOWN]
    output = len(CLASSES) + OPACITY
    where = asked(marks, range(output, output + 1), weight)
    lesson = lesson_of(site.features[known], site.findings[known, OPACITY])
    return row_of(served, lesson, base, others, where)


def _told(
    boxed: Boxed,
    site: Hospital,
    test: NDArray[np.int64],
    layer: tuple[Head, Row],
    what: tuple[str, int, float | None, int, bool],
) -> Told:
    head, row = layer
    tested, there, memory = site[test], set(test.tolist()), boxed.memory
    marks = [mark for mark in site.marks if mark.film in there]
    rows = {at: (head.weight[at], float(head.bias[at])) for at in range(len(CLASSES))}
    hits = [mark.hit(*rows[mark.output]) for mark in marks if mark.output in rows]
    known = tested.findings[:, OPACITY]
    seen = known != UNKNOWN
    scores = (tested.features.astype(np.float64) @ row[0])[seen, None] * np.array([-1.0, 1.0])
    opaque = [mark.hit(*row) for mark in marks if mark.output == len(CLASSES) + OPACITY]
    own = memory.of("test")
    return Told(
        *what,
        float(np.mean(hits)),
        float(np.mean(opaque)) if opaque else float("nan"),
        area_under_curve(known[seen], scores),
        area_under_curve(*_odds(tested.classes, probabilities(head, tested.features, 1.0))),
        area_under_curve(memory.classes[own].astype(np.int64), probabilities(head, memory.features[own], 1.0)),
    )


def _odds(
    classes: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of the classes that are there alone: the odds of two, all three as they are."""
    present = np.unique(classes)
    if len(present) == len(CLASSES):
        return classes, probabilities
    odds = np.log(probabilities[:, present[1]] / probabilities[:, present[0]])
    return np.searchsorted(present, classes).astype(np.int64), np.stack([-odds, odds], axis=1)


def cells(found: list[Told]) -> list[dict[str, Any]]:
    """One for each hospital, number of films and weight: means, and of the hits how often they fell."""
    grouped: dict[tuple[str, int, float | None, bool], list[Told]] = {}
    for each in found:
        grouped.setdefault((each.site, each.films, each.weight, each.beside), []).append(each)
    return [
        {"site": site, "films": films, "weight": weight, "beside": beside, "draws": len(group)}
        | {name: _mean([asdict(each)[name] for each in group]) for name in MEANS}
        | _against(group, grouped.get((site, films, 0.0, False), group))
        for (site, films, weight, beside), group in grouped.items()
    ]


MEANS = ("hit", "opacity", "told", "auroc", "own")


def _mean(values: list[float]) -> float | None:
    """None where there is none."""
    return None if np.isnan(values).any() else round(float(np.mean(values)), 4)


def _against(group: list[Told], without: list[Told]) -> dict[str, float]:
    """Beside the same draws without boxes."""
    hits = [each.hit - other.hit for each, other in zip(group, without, strict=True)]
    areas = [each.auroc - other.auroc for each, other in zip(group, without, strict=True)]
    return {
        "hit_gain": round(float(np.mean(hits)), 4),
        "hit_worse": round(float(np.mean(np.array(hits) < 0)), 4),
        "auroc_gain": round(float(np.mean(areas)), 4),
        "auroc_worse": round(float(np.mean(np.array(areas) < 0)), 4),
    }


def lines(found: list[dict[str, Any]]) -> list[str]:
    """In Markdown."""
    told = [
        "| hospital | films with boxes | taught by | hottest place in a box: class's map (fell in) "
        "| AUROC (fell in) | own test split | lung opacity's map | its AUROC |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for cell in found:
        with_boxes = bool(cell["weight"])
        hit, auroc = (
            f"{cell[name]:.3f}" + (f" ({cell[f'{name}_worse']:.0%})" if with_boxes else "") for name in ("hit", "auroc")
        )
        opacity, area = ("" if cell[name] is None else f"{cell[name]:.3f}" for name in ("opacity", "told"))
        told.append(
            f"| {cell['site']} | {cell['films']} | {_by(cell['weight'], cell['beside'])} | {hit} | {auroc} "
            f"| {cell['own']:.3f} | {opacity} | {area} |"
        )
    return told


def _by(weight: float | None, beside: bool) -> str:
    if weight is None:
        return "nothing"
    if beside:
        return f"labels and boxes, each row by itself, {weight:g}"
    chosen = ", **as shipped**" if weight == BOX_WEIGHT else ""
    return f"labels and boxes, {weight:g}{chosen}" if weight else "labels alone"

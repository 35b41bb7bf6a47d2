"""Whether the heat maps are hot where readers saw something: their hottest place, and all their heat, against boxes."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cxr.classifier import MAP_CELL, Evidence
from training.boxes import Marked
from training.chests import Chest, Chests
from training.figures import Figure, by_patient
from vocabulary.conditions import CLASSES

Heat = NDArray[np.float32]
"""Shape (cells, cells) over the classifier's square, 0 is cold."""

LEVELS = np.arange(0.05, 1.0, 0.05)
"""Parts of a map's maximum from which a place may be called hot."""


@dataclass(frozen=True)
class Pointed:
    """One map beside all boxes of one label on one film."""

    hit: float
    """1 where the middle of the hottest cell is in a box."""
    share: float
    """Of the heat, in boxes; 0 where nothing is hot."""
    overlaps: NDArray[np.float64]
    """IoU of what is hot with the boxes, at each of LEVELS."""


def point(heat: Heat, chest: Chest, marked: Marked) -> Pointed:
    """Compare one map with the boxes."""
    inside = cells_inside(len(heat), chest, marked)
    total, hottest = float(heat.sum()), float(heat.max())
    overlaps = [_overlap(heat >= level * hottest, inside) if hottest > 0 else 0.0 for level in LEVELS]
    hit = float(hottest > 0 and bool(inside.flat[int(heat.argmax())]))
    return Pointed(hit, float(heat[inside].sum()) / total if total > 0 else 0.0, np.array(overlaps))


def cells_inside(cells: int, chest: Chest, marked: Marked) -> NDArray[np.bool_]:
    """Which cells have their middle in a box; shape (cells, cells)."""
    middles = (np.arange(cells) + 0.5) / cells * chest.square.side
    rows, columns = chest.square.row + middles[:, None], chest.square.column + middles[None]
    inside = np.zeros((cells, cells), bool)
    for top, left, height, width in marked.boxes:
        inside |= (rows >= top) & (rows < top + height) & (columns >= left) & (columns < left + width)
    return inside


def _overlap(hot: NDArray[np.bool_], inside: NDArray[np.bool_]) -> float:
    either = int((hot | inside).sum())
    return int((hot & inside).sum()) / either if either else 0.0


def figures(network: Evidence, side: int, chests: Chests) -> list[Figure]:
    """Hit rate, share and IoU for each label of a box on films that nobody learned from, and for other maps beside.

    Args:
        side: of the crop that the network is shown, pixels.
    """
    kept: dict[tuple[str, str], list[Pointed]] = defaultdict(list)
    rows: dict[str, list[int]] = defaultdict(list)
    for index, marked in every(chests):
        chest = chests[index]
        name = label(chests, index, marked)
        rows[name].append(index)
        for method, heat in maps(network, side, chest, chests.classes[index], marked).items():
            kept[name, method].append(point(heat, chest, marked))
    measured = []
    for (name, method), points in sorted(kept.items()):
        measured += list(_figures(name, method, points, chests.rows.iloc[rows[name]]))
    return [*measured, *_macro(kept)]


def every(chests: Chests) -> Iterator[tuple[int, Marked]]:
    """Each film with each label that has boxes on it."""
    for index in range(len(chests)):
        for marked in chests.marked(index):
            yield index, marked


def label(chests: Chests, index: int, marked: Marked) -> str:
    """What the boxes are of, and whose they are."""
    source = str(chests.rows["dataset"].iloc[index])
    if source != "siim":
        return f"{marked.label}, {source}"
    return "typical COVID-19, siim" if chests.classes[index] == 0 else "atypical opacity, siim"


def maps(network: Evidence, side: int, chest: Chest, truth: int, marked: Marked) -> dict[str, Heat]:
    """The finding's map, that of the film's class as it is served, Grad-CAM of the finding, and chance."""
    pixels = torch.from_numpy(chest.shown(side)[None, None])
    with torch.no_grad():
        _, found = network(pixels)
    own = np.maximum(found[0].numpy(), 0)
    random = np.random.default_rng(int(pixels.sum()))
    seen = np.asarray(torch.nn.functional.avg_pool2d((pixels > 0).float(), MAP_CELL)[0, 0])
    return {
        "the finding's map": own[len(CLASSES) + marked.output],
        "the map of its class": own[truth],
        "Grad-CAM": grad_cam(network, pixels, len(CLASSES) + marked.output, len(seen)),
        "random map": np.asarray(random.random(seen.shape) * seen, np.float32),
    }


def grad_cam(network: Evidence, pixels: torch.Tensor, output: int, cells: int) -> Heat:
    """Of the body's last features; of a pair's, the sum.

    Source:
        Selvaraju et al. 2017: channels weighed by the mean gradient of the logit, positive part.
    """
    caught: list[torch.Tensor] = []
    with ExitStack() as hooks, torch.enable_grad():
        for body in network.bodies():
            handle = body.register_forward_hook(lambda _module, _given, made: caught.append(made[-1]))
            hooks.callback(handle.remove)
        logits, _ = network(pixels)
        gradients = torch.autograd.grad(logits[0, output], caught)
    heat = sum(_weighed(features, gradient, cells) for features, gradient in zip(caught, gradients, strict=True))
    return np.asarray(heat, np.float32)


def _weighed(features: torch.Tensor, gradient: torch.Tensor, cells: int) -> Heat:
    heat = torch.relu((features.detach() * gradient.mean(dim=(2, 3), keepdim=True)).sum(dim=1, keepdim=True))
    size = (cells, cells)
    return np.asarray(torch.nn.functional.interpolate(heat, size, mode="bilinear", align_corners=False)[0, 0].numpy())


def _figures(name: str, method: str, points: list[Pointed], rows: pd.DataFrame) -> Iterator[Figure]:
    hits = np.array([each.hit for each in points])
    shares = np.array([each.share for each in points])
    overlaps = np.stack([each.overlaps for each in points])
    best = int(overlaps.mean(axis=0).argmax())
    data = f"{name}, {method}"
    kinds: list[tuple[str, Callable[[NDArray[np.int64]], float]]] = [
        ("hottest place in a box", lambda part: float(hits[part].mean())),
        ("share of heat in boxes", lambda part: float(shares[part].mean())),
        (f"IoU of heat above {LEVELS[best]:.2f} with boxes", lambda part: float(overlaps[part, best].mean())),
    ]
    for what, figure in kinds:
        yield by_patient(what, data, rows, figure)


def _macro(kept: dict[tuple[str, str], list[Pointed]]) -> Iterator[Figure]:
    """The mean over NIH's labels; in place of an interval, the lowest and the highest."""
    for method in sorted({method for _, method in kept}):
        rates = {
            name: float(np.mean([each.hit for each in points]))
            for (name, other), points in kept.items()
            if other == method and name.endswith(", nih")
        }
        if rates:
            count = sum(len(points) for (name, other), points in kept.items() if other == method and name in rates)
            values = list(rates.values())
            mean = float(np.mean(values))
            yield Figure(
                "hottest place in a box, mean of labels", f"nih, {method}", count, mean, (min(values), max(values))
            )

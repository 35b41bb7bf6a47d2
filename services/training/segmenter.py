"""Training of the segmenter: two conventions of lung masks, each learned where it is known."""

from collections.abc import Callable

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn

from cxr.geometry import Square, sample
from cxr.lungs import LUNG_CONVENTIONS
from cxr.networks import Segmenter
from training import augment
from training.batches import Batch, Drawn
from training.course import averaged, learn, steps_of
from training.films import DataError, Films
from training.lung_boxes import MARGIN, drawn, outside, projection_loss, read_lung_boxes
from training.precision import CPU, device_where, laid_out, mixed_precision
from training.settings import SegmenterSettings

SHARES = {"kermany": 0.5, "covid-chestxray": 0.2, "shenzhen": 0.3, "montgomery": 0.0}
"""Of the films drawn: kermany alone has six masks in seven, and they are all children. Montgomery is left out, so that
all of it tells how the served weights do in a hospital that they have not seen."""

OTHER_SOURCES_WEIGHT = 0.3
"""Of any other source of masks, beside these."""

BOXED_SHARE = 0.3
"""Of the films drawn beside those, from films with a box around both lungs and no mask, where there are any."""

BOX_WEIGHT = 0.5
"""Of the boxes' loss, against that of the masks."""

SERVED = LUNG_CONVENTIONS.index("lungs with the region behind the heart")
"""The channel whose lungs fill the boxes."""

BOXED = "boxes around both lungs"
"""The pool of films with those."""

Lungs = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 (batch, 1, side, side) to logits (batch, 2, side, side)."""

PARTS = ("pixels", "target", "sure", "box")
"""Of a batch."""

HULL_MARGIN = 0.03
"""How far outside the lung fields' hull a pixel is surely no lung in either convention, in parts of the side."""


def known(mask: NDArray[np.uint8], convention: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What one mask tells about both conventions.

    Lung fields lie inside the lungs with the region behind the heart, so each mask tells all about its own channel
    and something about the other: what is lung without the heart is lung with it, and what is no lung with it is
    none without. The rest stays unknown.

    Args:
        mask: shape (side, side), 1 is lung.
        convention: one of LUNG_CONVENTIONS.

    Returns:
        Target and whether it is known, both of shape (2, side, side) and 0 or 1.
    """
    own = LUNG_CONVENTIONS.index(convention)
    target = np.stack([mask, mask])
    sure = np.ones_like(target)
    sure[1 - own] = _beyond_hull(mask) | mask if own == 0 else 1 - mask
    return target, sure


def _beyond_hull(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    points = cv2.findNonZero(mask)
    hull = np.zeros_like(mask)
    if points is not None:
        cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    width = 2 * round(HULL_MARGIN * mask.shape[0]) + 1
    return np.asarray(1 - cv2.dilate(hull, np.ones((width, width), np.uint8)), np.uint8)


class SegmenterCourse:
    """Draws films with masks, and learns them with Dice and cross-entropy over the pixels that are known.

    Raises:
        ValueError: no film of the train split has a mask.
    """

    def __init__(self, films: Films, settings: SegmenterSettings, device: torch.device = CPU) -> None:
        from monai.losses.dice import DiceLoss  # here, as in cxr.backbone

        self.films, self.settings, self.rate, self.device = films, settings, settings.rate, device
        self.network = laid_out(Segmenter(), device)
        self.average = averaged(self.network)
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=1e-4)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"network": optimiser}
        self.dice = DiceLoss(sigmoid=False, batch=True)
        rows = films.rows
        masked = (rows["mask"] != "") & (rows["split"] == "train")
        names = sorted({name for name in rows["dataset"][masked] if SHARES.get(name, OTHER_SOURCES_WEIGHT)})
        if not names:
            raise DataError("no masks to learn from in the train split; those of Montgomery only judge")
        self.pools = {name: films.where(masked & (rows["dataset"] == name)) for name in names}
        shares = [SHARES.get(name, OTHER_SOURCES_WEIGHT) for name in names]
        self.boxes = {row: box for row, box in read_lung_boxes(rows).items() if rows["split"].iat[row] == "train"}
        if self.boxes:
            self.pools[BOXED] = np.array(sorted(self.boxes), np.int64)
            shares.append(BOXED_SHARE)
        self.shares = np.array(shares) / sum(shares)

    def steps(self, epoch: int) -> int:
        """How many steps an epoch has."""
        return steps_of(self.settings.samples, self.settings.batch, sum(map(len, self.pools.values())))

    def draw(self, random: np.random.Generator) -> Drawn:
        """Pixels, target, what of it is known, and boxes: the shapes of _example, behind the batch."""
        names = random.choice(list(self.pools), self.settings.batch, p=self.shares)
        examples = [self._example(int(random.choice(self.pools[name])), random, name == BOXED) for name in names]
        return dict(zip(PARTS, map(np.stack, zip(*examples, strict=True)), strict=True))

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch."""
        pixels, target, sure, box = (batch[name] for name in PARTS)
        with mixed_precision(self.device):
            logits = self.network(pixels.contiguous(memory_format=torch.channels_last))
        loss = self.loss(logits.float(), target.float(), sure.float())
        boxed = box.amax(dim=(1, 2)) > 0
        off = projection_loss(torch.sigmoid(logits.float()[boxed, SERVED]), box[boxed].float())
        learn(self, "network", loss + BOX_WEIGHT * off)
        return {"loss": float(loss.detach()), "boxes": float(off.detach())}

    def loss(self, logits: Tensor, target: Tensor, sure: Tensor) -> Tensor:
        """Dice and cross-entropy of what is known; all of shape (batch, 2, side, side)."""
        dice: Tensor = self.dice(torch.sigmoid(logits) * sure, target * sure)
        entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, weight=sure)
        return dice + entropy

    def validate(self) -> dict[str, float]:
        """Mean Dice of some validation films, each mask judged on its own convention."""
        rows = self.films.rows
        chosen = self.films.where((rows["mask"] != "") & (rows["split"] == "val"))[::4]
        if not len(chosen):
            return {}
        overlaps = dice_of(
            self.films, chosen, probabilities(on_torch(self.average.module), self.films, chosen, self.settings.side)
        )
        sets = rows["dataset"].iloc[chosen]
        by_set = {f"dice_{name}": overlaps[sets == name].mean() for name in sets.unique()}
        return {"dice": float(overlaps.mean()), **{name: float(value) for name, value in by_set.items()}}

    def _example(self, row: int, random: np.random.Generator, boxed: bool) -> tuple[NDArray[np.uint8], ...]:
        """Pixels (1, side, side), target and known (2, side, side), and the box (side, side), all 0 without one."""
        pixels, side = self.films.pixels[row], self.settings.side
        box = self.boxes[row] if boxed else None
        drawings = [self.films.masks[row]] if box is None else [drawn(box, pixels.shape, m) for m in (0.0, MARGIN)]
        square = augment.jitter(Square.whole(pixels.shape), random, 0.08, 0.25)
        images = augment.warp([sample(image, square, side) for image in (pixels, *drawings)], random, 12, 0.1)
        if random.random() < 0.5:
            images = [np.ascontiguousarray(image[:, ::-1]) for image in images]
        film = augment.degrade(augment.expose(images[0], random), random)
        if random.random() < 0.2:
            film = augment.annotate(augment.collimate(film, random), random)
        inside = (images[1] > 127).astype(np.uint8)
        if boxed:
            return film[None], *outside(images[2]), inside
        convention = str(self.films.rows["mask_convention"].iat[row])
        return film[None], *known(inside, convention), np.zeros_like(inside)


def on_torch(network: nn.Module) -> Lungs:
    """The network in evaluation mode, from pixels to logits."""
    network.eval()

    @torch.inference_mode()
    def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        given = torch.from_numpy(pixels).to(device_where(network))
        logits = network(given.contiguous(memory_format=torch.channels_last))
        return np.asarray(logits.float().cpu().numpy(), np.float32)

    return run


def probabilities(segment: Lungs, films: Films, chosen: NDArray[np.int64], side: int) -> NDArray[np.float16]:
    """Probabilities for films, letterboxed as in serving; shape (films, 2, side, side), float16."""
    found = np.zeros((len(chosen), len(LUNG_CONVENTIONS), side, side), np.float16)
    for start in range(0, len(chosen), 16):
        batch = [films.pixels[int(row)] for row in chosen[start : start + 16]]
        pixels = np.stack([sample(film, Square.whole(film.shape), side)[None] for film in batch])
        found[start : start + 16] = expit(segment(pixels))
    return found


def dice_of(films: Films, chosen: NDArray[np.int64], found: NDArray[np.float16]) -> NDArray[np.float64]:
    """Dice of each film's mask with the probabilities above one half, on the mask's own channel; shape (films,)."""
    overlaps = np.zeros(len(chosen))
    for position, row in enumerate(chosen):
        mask = films.masks[int(row)]
        truth = sample(mask, Square.whole(mask.shape), found.shape[-1]) > 127
        own = LUNG_CONVENTIONS.index(films.rows["mask_convention"].iat[row])
        lungs = found[position, own] > 0.5
        overlaps[position] = 2 * (truth & lungs).sum() / max(1, truth.sum() + lungs.sum())
    return overlaps

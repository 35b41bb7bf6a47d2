"""Fits what the discriminator concludes from its two bodies' features: in seconds, so it can be done many times."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from cxr.critic import Nearness, Opinion, Scale
from cxr.gate import HEADS
from training.gallery import UNKNOWN
from training.sights import TARGETS, Sights

ROUNDS, BATCH, RATE = 8, 512, 4e-3
"""How often the heads see each example, in batches of how many, and their highest learning rate."""

MIN_STEPS = 50
"""Steps, however few examples there are."""

DECAY, DROPPED = 2e-2, 0.2
"""Weight decay, and the share of features that a step does not see."""

WEIGHTS = {"chest": 1.0, "frontal": 1.0, "positive": 0.5, "upright": 0.7}
"""Of each head's loss."""

LATERAL_WEIGHT = 2.0
"""Of a lateral view in the loss of the frontal head: there are few."""

BODIES = ("seen", "known")
"""Whose features the heads may use: the critic's, and the trunk's."""


def fit_opinion(examples: Sights, bodies: Iterable[str] = BODIES, distances: Opinion | None = None) -> Opinion:
    """Distances and heads of these examples; the same examples give the same ones.

    Args:
        examples: with TARGETS.
        bodies: of the heads; the others' features weigh nothing.
        distances: whose scales and distances to take over, instead of fitting them.
    """
    opinion = Opinion(examples.seen.shape[1], examples.known.shape[1])
    if distances is None:
        fit_nearness(opinion, examples)
    else:
        opinion.load_state_dict(distances.state_dict())
    fit_heads(opinion, examples, set(bodies))
    return opinion.requires_grad_(False).eval()


def fit_nearness(opinion: Opinion, examples: Sights) -> None:
    """Scales and distances, from frontal chest films alone: no other image is looked at."""
    targets = examples.about[list(TARGETS)].to_numpy(np.float64)
    turns = targets[:, 3:]
    front = (targets[:, 1] == 1) & (turns.sum(axis=1) == 1)
    poses = turns[front].argmax(axis=1) + 4 * (targets[front, 2] == 1)
    parts = (
        (opinion.scale_seen, opinion.near_seen, examples.seen[front]),
        (opinion.scale_known, opinion.near_known, examples.known[front]),
    )
    for scale, near, features in parts:
        fit_scale(scale, features)
        with torch.inference_mode():
            scaled = scale(torch.from_numpy(features)).numpy().astype(np.float64)
        fit_gaussian(near, scaled, poses)


def fit_scale(scale: Scale, features: NDArray[np.float32]) -> None:
    """Mean and deviation of features (films, inputs); nothing where there are none."""
    if not len(features):
        return
    deviation = features.std(axis=0)
    scale.mean.copy_(torch.from_numpy(features.mean(axis=0)))
    scale.factor.copy_(torch.from_numpy(1 / np.maximum(deviation, 1e-3)))


def fit_gaussian(near: Nearness, features: NDArray[np.float64], poses: NDArray[np.int64]) -> None:
    """One Gaussian a pose, with a common covariance along its longest axes; a pose without films is put far away."""
    if len(features) < 2:
        return
    means = {pose: features[poses == pose].mean(axis=0) for pose in np.unique(poses)}
    within = features - np.stack([means[pose] for pose in poses])
    variances, axes = np.linalg.eigh(np.cov(within.T))
    longest = np.argsort(variances)[::-1][: len(near.whiten)]
    whiten = (axes[:, longest] / np.sqrt(np.maximum(variances[longest], 1e-2))).T
    near.whiten.copy_(torch.from_numpy(whiten))
    near.centres.fill_(100.0)
    for pose, mean in means.items():
        near.centres[pose] = torch.from_numpy(whiten @ mean)


def fit_heads(opinion: Opinion, examples: Sights, bodies: set[str]) -> None:
    """The learned heads, on scaled features; outlier exposure: the chest head is shown what is no chest film."""
    with torch.no_grad():
        scaled = [
            opinion.scale_seen(torch.from_numpy(examples.seen)),
            opinion.scale_known(torch.from_numpy(examples.known)),
        ]
    features = torch.cat([part * (body in bodies) for part, body in zip(scaled, BODIES, strict=True)], dim=1)
    targets = torch.tensor(examples.about[list(TARGETS)].to_numpy(np.float32))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for module in opinion.heads:
            if isinstance(module, nn.Linear):
                module.reset_parameters()
        _learn(opinion.heads, features, targets, head_loss)
        unused = features.abs().sum(dim=0) == 0
        with torch.no_grad():
            next(opinion.heads.parameters())[:, unused] = 0.0


def _learn(heads: nn.Module, features: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    optimiser = torch.optim.AdamW(heads.parameters(), RATE, weight_decay=DECAY)
    batch = min(BATCH, len(features))
    steps = max(MIN_STEPS, ROUNDS * len(features) // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        drawn = torch.randint(len(features), (batch,))
        kept = (torch.rand(features.shape[1]) >= DROPPED) / (1 - DROPPED)
        value = loss(heads(features[drawn] * kept), targets[drawn])
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]  # torch's
        optimiser.step()
        schedule.step()


def head_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """All heads' loss; logits (examples, 7) as HEADS, targets (examples, 7) as TARGETS."""
    losses = []
    for position, name in enumerate(HEADS[:3]):
        target = targets[:, position]
        weight = (target != UNKNOWN).float()
        if name == "frontal":
            weight = weight * torch.where(target == 0, LATERAL_WEIGHT, 1.0)
        entropy = binary_cross_entropy_with_logits(logits[:, position], target.clamp(min=0), weight=weight)
        losses.append(WEIGHTS[name] * entropy)
    turns = targets[:, 3:]
    sure = turns.sum(dim=1) > 0
    possible = logits[:, 3:].masked_fill(turns == 0, -1e4)
    spread = (logits[:, 3:].logsumexp(1) - possible.logsumexp(1)) * sure
    return torch.stack([*losses, WEIGHTS["upright"] * spread.mean()]).sum()


@torch.inference_mode()
def logits(opinion: Opinion, sights: Sights) -> NDArray[np.float32]:
    """The discriminator's logits (images, 10), from features that were kept."""
    parts = (torch.from_numpy(part) for part in (sights.real, sights.seen, sights.known))
    return np.asarray(opinion(*parts).numpy(), np.float32)

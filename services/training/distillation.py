"""A network learns from what others say of an example, beside what readers said of the film."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from cxr import runtime
from cxr.backbone import BODIES
from training.compiled import Compiled
from training.precision import CPU, laid_out
from training.sought import SHIPPED, Sought
from vocabulary.conditions import CLASSES

TEMPERATURE = 1.5
"""By which both networks' logits of the classes are divided: what a teacher thinks of the other classes teaches too."""

FINDINGS_WEIGHT = 0.5
"""Of the findings, against the classes."""


class Teachers:
    """Exported classifiers, whose logits are averaged.

    Raises:
        ValueError: one of them has other outputs.
    """

    def __init__(self, weights: Sequence[Path], device: torch.device = CPU, sought: Sought = SHIPPED) -> None:
        self.networks = [Compiled(laid_out(_read(path, sought), device)) for path in weights]

    def logits(self, pixels: Tensor) -> Tensor:
        """Of pixels (batch, 1, side, side) as the pupil is shown them; shape (batch, outputs)."""
        return torch.stack([network(pixels).float() for network in self.networks]).mean(dim=0)


def _read(path: Path, sought: Sought) -> torch.nn.Module:
    with safe_open(path, "pt") as file:
        trained = json.loads((file.metadata() or {}).get("training", "{}"))
        outputs = file.get_slice("maps.weight").get_shape()[0]
    if outputs != sought.outputs:
        raise ValueError(f"{path} has {outputs} outputs and this classifier {sought.outputs}: it cannot teach it")
    if Sought.of(trained).names != sought.names:
        raise ValueError(f"{path} knows other findings than this classifier learns: it cannot teach it")
    source = runtime.Source("classifier", path, 0, outputs, trained.get("body") or BODIES[0])
    return runtime.build(source).requires_grad_(False)


def imitation(logits: Tensor, taught: Tensor) -> Tensor:
    """How far a network is from its teachers.

    Args:
        logits: (batch, outputs), the pupil's.
        taught: the same, the teachers'.

    Source:
        Hinton et al. 2015; the loss is multiplied by the temperature once, so that its gradient stays of one size.
    """
    classes = len(CLASSES)
    wanted = (taught[:, :classes] / TEMPERATURE).softmax(dim=1)
    loss = TEMPERATURE * cross_entropy(logits[:, :classes] / TEMPERATURE, wanted)
    rest = binary_cross_entropy_with_logits(logits[:, classes:], taught[:, classes:].sigmoid())
    return loss + FINDINGS_WEIGHT * rest

"""How each stage is trained. Sides are in serving, too: model-config.yaml must say the same."""

from dataclasses import dataclass
from pathlib import Path

from cxr.backbone import BODIES


@dataclass(frozen=True)
class SegmenterSettings:
    """See segmenter.py."""

    side: int = 256
    """Pixels of the letterboxed film."""

    epochs: int = 10
    samples: int = 3600
    """Films drawn in each epoch, with replacement."""

    batch: int = 12
    rate: float = 1.5e-3


@dataclass(frozen=True)
class DiscriminatorSettings:
    """See discriminator.py and heads.py."""

    side: int = 160
    epochs: int = 14
    samples: int = 12000
    """Films drawn in each epoch, generated ones not counted."""

    batch: int = 32
    rate: float = 4e-4
    latent: int = 96
    """Numbers from which the generator makes a film."""

    examples: int = 24000
    """Augmented images whose features the heads learn from, at most; no more than three for each of the split."""


CROP_SIDE, OTHER_CROP_SIDES = 224, {"densenet-lite0": 160}
"""Pixels of the crop that a classifier is shown, and those of bodies that are better with others, by the card."""


def crop_side(body: str) -> int:
    """Pixels of the crop that a classifier of this body is shown."""
    return OTHER_CROP_SIDES.get(body, CROP_SIDE)


@dataclass(frozen=True)
class ClassifierSettings:
    """See classifier.py."""

    coarse_side: int = 160
    """Pixels of the crop in all epochs but the last ones: twice as many films a minute."""

    epochs: int = 12
    fine_epochs: int = 3
    """How many epochs, the last ones, are at the full side."""

    samples: int = 6000
    batch: int = 32
    rate: float = 8e-4
    smoothing: float = 0.05
    """Label smoothing."""

    body: str = BODIES[0]
    freeze: int = 0
    """Epochs, the first ones, in which a DenseNet's first layers stay as they began; see frozen.py."""

    teachers: tuple[Path, ...] = ()
    """Exported weights of classifiers that it learns from beside the films' labels."""

    blank: bool = False
    """Paint all lungs over and learn from what is left: a baseline that tells how far the sources alone get."""

    @property
    def side(self) -> int:
        """Pixels of the crop in the last epochs, and in serving."""
        return crop_side(self.body)

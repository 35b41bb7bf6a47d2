"""The three networks. Each takes uint8 pixels as displayed and standardises them itself."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from cxr.backbone import BODIES, CHANNELS, Trunk, pooled
from cxr.classifier import Classifier
from cxr.critic import SEEN, Critic, Opinion
from cxr.lungs import LUNG_CONVENTIONS
from cxr.pair import PAIR, Pair

KNOWN = CHANNELS[-2] + 2 * CHANNELS[-1]
"""Numbers that the trunk's features are pooled to for the discriminator."""


class Standardise(nn.Module):
    """Pixels of any exposure to zero mean and unit variance, film by film."""

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 or float (batch, 1, side, side) to float of the same shape."""
        values = pixels.float()
        mean = values.mean(dim=(2, 3), keepdim=True)
        deviation = ((values - mean) ** 2).mean(dim=(2, 3), keepdim=True).sqrt()
        return (values - mean) / (deviation + 1.0)


class Discriminator(nn.Module):
    """A GAN's critic that never saw anything but chest films, ImageNet's trunk, and heads on the features of both.

    Args:
        normalise: wraps the critic's layers; see Critic.
    """

    def __init__(self, normalise: Callable[[nn.Module], nn.Module] = lambda layer: layer) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.critic = Critic(normalise)
        self.trunk = Trunk()
        self.opinion = Opinion(SEEN, KNOWN)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 1, side, side), side a multiple of 32, to logits (batch, 10), as DISCRIMINATOR_OUTPUTS."""
        logits: Tensor = self.opinion(*self.judge(pixels), self.know(pixels))
        return logits

    def judge(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The critic's logit (batch, 1) and features (batch, SEEN) of films, which it sees at half their side."""
        judged: tuple[Tensor, Tensor] = self.critic(self.standardise(avg_pool2d(pixels.float(), 2)))
        return judged

    def know(self, pixels: Tensor) -> Tensor:
        """The trunk's features (batch, KNOWN) of films."""
        *_, fine, coarse = self.trunk(self.standardise(pixels))
        return pooled(fine, coarse)


class Segmenter(nn.Module):
    """A residual U-Net: one probability map for each convention of what counts as lung."""

    def __init__(self) -> None:
        from monai.networks.nets import UNet  # here, as in cxr.backbone

        super().__init__()
        self.standardise = Standardise()
        self.unet = UNet(
            2, 1, len(LUNG_CONVENTIONS), channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 1, side, side) to logits (batch, 2, side, side), channels named by LUNG_CONVENTIONS."""
        logits: Tensor = self.unet(self.standardise(pixels))
        return logits


def build(stage: str, outputs: int = 0, body: str = BODIES[0]) -> nn.Module:
    """A stage's network without trained weights.

    Args:
        stage: discriminator, segmenter or classifier.
        outputs: how many classes and findings the classifier has; unused by the other stages, as is
        body: one of BODIES, or PAIR.
    """
    match stage:
        case "discriminator":
            return Discriminator()
        case "segmenter":
            return Segmenter()
        case "classifier":
            return Pair(outputs) if body == PAIR else Classifier(outputs, body)
    raise ValueError(f"no such stage: {stage}")

"""Two classifiers in one network: a hospital's films look different to an EfficientNet and to a DenseNet."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from cxr.classifier import WIDTH, Classifier, Evidence

PAIRED = ("efficientnet-lite0", "densenet-lite0")
"""The bodies of the two."""

AND = "-and-"
PAIR = AND.join(PAIRED)
"""What model-config.yaml calls the body of a pair."""

SMALLER = 5 / 7
"""Of the crop's side, rounded to 32 pixels, at which the DenseNet is best and learned: 160 of 224."""


class Pair(Evidence):
    """What an EfficientNet and a DenseNet say of the same crop, averaged.

    The two have features of their own and one layer of maps, so that all that is done with a classifier's features
    and its last layer can be done with a pair's. Its random weights are of no use: of makes it of two trained ones.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__(outputs, len(PAIRED) * WIDTH)
        self.efficientnet, self.densenet = (_without_maps(Classifier(outputs, body)) for body in PAIRED)

    @classmethod
    def of(cls, efficientnet: Classifier, densenet: Classifier) -> Self:
        """Of two that have the same outputs; its logits are the means of theirs.

        Raises:
            ValueError: they have not, or other bodies.
        """
        made = cls(efficientnet.maps.out_channels)
        for own, given in ((made.efficientnet, efficientnet), (made.densenet, densenet)):
            state = given.state_dict()
            own.load_state_dict({name: state[name] for name in own.state_dict()})
        first, second = efficientnet.maps.state_dict(), densenet.maps.state_dict()
        weight = torch.cat([first["weight"], second["weight"]], dim=1) / len(PAIRED)
        made.maps.load_state_dict({"weight": weight, "bias": (first["bias"] + second["bias"]) / len(PAIRED)})
        return made

    def features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """As of Evidence; first the EfficientNet's."""
        first, shown = self.efficientnet.features(pixels)
        second, _ = self.densenet.features(smaller(pixels))
        return torch.cat([first, interpolate(second, first.shape[2:], mode="bilinear")], dim=1), shown

    def bodies(self) -> list[nn.Module]:
        """As of Evidence."""
        return [self.efficientnet.trunk, self.densenet.trunk]


def part(weights: Mapping[str, Tensor], body: str) -> dict[str, Tensor]:
    """Of a pair's weights those of the classifier with one of PAIRED, up to its maps' bias; of other weights all."""
    if body not in PAIRED or "densenet.norm.weight" not in weights:
        return dict(weights)
    at, begins = PAIRED.index(body), f"{body.removesuffix('-lite0')}."
    own = {name.removeprefix(begins): value for name, value in weights.items() if name.startswith(begins)}
    maps = weights["maps.weight"][:, at * WIDTH : (at + 1) * WIDTH] * len(PAIRED)
    return own | {"maps.weight": maps, "maps.bias": weights["maps.bias"]}


def smaller_side(side: int) -> int:
    """Pixels of the side at which the DenseNet is shown a crop of this side: it halves them five times, so by 32s."""
    return max(32, round(SMALLER * side / 32) * 32)


def smaller(pixels: Tensor) -> Tensor:
    """A crop, of which 0 is not shown, as it would be shown at SMALLER of its side; float (batch, 1, side, side).

    Next to what is not shown, pixels are the mean of those that are.
    """
    side = smaller_side(int(pixels.shape[-1]))
    values = pixels.float()
    parts = torch.cat([values, (values > 0).float()], dim=1)
    resized = interpolate(parts, (side, side), mode="bilinear", align_corners=False)
    sums, share = resized[:, :1], resized[:, 1:]
    return torch.where(share > 0.5, sums / share.clamp(min=0.5), torch.zeros_like(sums))


def _without_maps(network: Classifier) -> Classifier:
    """The pair has maps of its own."""
    network.maps = nn.Identity()  # type: ignore[assignment]
    return network

"""DenseNets as a classifier's body: features of a 16th and a 32nd of the side, from two dense blocks.

What comes before those blocks is apart, since training may leave it as it is. MONAI is imported when a network is
built, as in cxr.backbone.
"""

from collections import OrderedDict
from collections.abc import Iterator

from torch import Tensor, nn

from cxr.backbone import CHANNELS, Trunk

STAGES = 5
"""Of EfficientNet-lite0, from the first, before DenseLite's blocks: those down to a 16th of the side."""

LAYERS, GROWTH = (8, 8), 32
"""Of each of DenseLite's blocks: layers, and channels that each layer adds. Huang et al. 2017 add 32, too."""


class Dense(nn.Module):
    """First layers, and after them two dense blocks."""

    last: tuple[int, int]
    """Channels of the features of a 16th and of a 32nd of the side."""

    kept: tuple[str, str]
    """The layers after which features are handed on."""

    features: nn.Sequential

    def forward(self, values: Tensor) -> list[Tensor]:
        """Float (batch, 1, side, side) to features of a 16th and a 32nd of the side."""
        values, features = self.early(values), []
        for name, layer in self.later():
            values = layer(values)
            if name in self.kept:
                features.append(values)
        return features

    def early(self, values: Tensor) -> Tensor:
        """Float (batch, 1, side, side) to what the first of the two blocks is given, of a 16th of the side."""
        return nn.Sequential(*self.early_layers())(values)  # type: ignore[no-any-return]

    def early_layers(self) -> list[nn.Module]:
        """All that comes before the two blocks."""
        raise NotImplementedError

    def later(self) -> Iterator[tuple[str, nn.Module]]:
        """The two blocks with their transition and norm, by name."""
        return self.features.named_children()


class DenseTrunk(Dense):
    """DenseNet-121 (Huang et al. 2017; MONAI's), from random weights."""

    last = (1024, 1024)  # 256 + 24 * 32 and 512 + 16 * 32 channels
    kept = ("denseblock3", "norm5")

    BEFORE = 8
    """Its layers before the third dense block: four of the stem, two blocks and two transitions."""

    def __init__(self) -> None:
        from monai.networks.nets import DenseNet121

        super().__init__()
        self.features = DenseNet121(spatial_dims=2, in_channels=1, out_channels=1).features

    def early_layers(self) -> list[nn.Module]:
        """The stem, and the first two dense blocks with their transitions."""
        return list(self.features.children())[: self.BEFORE]

    def later(self) -> Iterator[tuple[str, nn.Module]]:
        """The other two."""
        return iter(list(self.features.named_children())[self.BEFORE :])


class DenseLite(Dense):
    """Two dense blocks on EfficientNet-lite0's first stages, which know natural images, or chest films already.

    A DenseNet's own first layers do most of its work, at a fourth and an eighth of the side, and none are published
    with weights that may be had as a package; so this one begins where EfficientNet-lite0 has come to a 16th.
    """

    last = (CHANNELS[3] + LAYERS[0] * GROWTH, (CHANNELS[3] + LAYERS[0] * GROWTH) // 2 + LAYERS[1] * GROWTH)
    kept = ("denseblock1", "norm5")

    def __init__(self, drop: float = 0.0) -> None:
        from monai.networks.nets import DenseNet

        super().__init__()
        self.stem = Trunk(drop, stages=STAGES)
        whole = DenseNet(
            spatial_dims=2,
            in_channels=1,
            out_channels=1,
            init_features=CHANNELS[3],
            growth_rate=GROWTH,
            block_config=LAYERS,
        )
        layers = list(whole.features.named_children())
        begins = [name for name, _ in layers].index("denseblock1")
        self.features = nn.Sequential(OrderedDict(layers[begins:]))

    def early(self, values: Tensor) -> Tensor:
        """What the last of those stages has found."""
        found: Tensor = self.stem(values)[-1]
        return found

    def early_layers(self) -> list[nn.Module]:
        """The stem."""
        return [self.stem]

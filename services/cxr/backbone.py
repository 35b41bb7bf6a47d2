"""A network body, EfficientNet-lite0, which small data sets can fine-tune from natural images; DenseNets: cxr.dense.

MONAI is imported when a network is built: it takes as long as torch and more, and most commands that know of networks
build none.
"""

from torch import Tensor, cat, nn

BLOCKS = (
    "r1_k3_s11_e1_i32_o16",
    "r2_k3_s22_e6_i16_o24",
    "r2_k5_s22_e6_i24_o40",
    "r3_k3_s22_e6_i40_o80",
    "r3_k5_s11_e6_i80_o112",
    "r4_k5_s22_e6_i112_o192",
    "r1_k3_s11_e6_i192_o320",
)
"""Repeats, kernel, stride, expansion, input and output channels of each stage.

Source:
    EfficientNet-B0 (Tan and Le 2019, table 1) without squeeze-and-excitation, which is what makes it "lite".
"""

KEPT = (0, 1, 2, 4, 6)
"""The stages after which features are handed on: the last at each resolution."""

CHANNELS = (16, 24, 40, 112, 320)
"""Channels of the features at a 2nd, 4th, 8th, 16th and 32nd of the side."""


BODIES = ("efficientnet-lite0", "densenet-lite0", "densenet121")
"""What a classifier's body may be."""


class Trunk(nn.Module):
    """One grey channel in, features at five resolutions out.

    Args:
        drop: how often training skips a residual block (stochastic depth); the last one's probability.
        stages: how many of BLOCKS there are, from the first.

    Source:
        MONAI's EfficientNet, with the ReLU6 of the lite variants in place of its swish. The names of the parameters
        are those of the published ImageNet weights, up to the number of the stage.
    """

    last = CHANNELS[-2:]
    """Channels of the features of a 16th and of a 32nd of the side."""

    def __init__(self, drop: float = 0.0, stages: int = len(BLOCKS)) -> None:
        from monai.networks.nets.efficientnet import EfficientNet

        super().__init__()
        # Paddings of 224 hold for every side that is a multiple of 32.
        whole = EfficientNet(
            list(BLOCKS),
            spatial_dims=2,
            in_channels=1,
            image_size=224,
            norm=("batch", {"eps": 1e-3, "momentum": 0.01}),
            drop_connect_rate=drop,
        )
        self._conv_stem_padding, self._conv_stem, self._bn0 = whole._conv_stem_padding, whole._conv_stem, whole._bn0
        self._blocks = nn.Sequential(*list(whole._blocks.children())[:stages])
        self._relu6 = nn.ReLU6(inplace=True)
        for module in self._blocks.modules():
            if hasattr(module, "_swish"):
                module._swish = self._relu6

    def forward(self, values: Tensor) -> list[Tensor]:
        """Float (batch, 1, side, side), side a multiple of 32, to five features, or as many as the stages have.

        Returns:
            Feature i, from 0, has shape (batch, CHANNELS[i], side / 2 ** (i + 1), side / 2 ** (i + 1)).
        """
        values = self._relu6(self._bn0(self._conv_stem(self._conv_stem_padding(values))))
        features = []
        for index, stage in enumerate(self._blocks):
            values = stage(values)
            if index in KEPT:
                features.append(values)
        return features


def pooled(fine: Tensor, coarse: Tensor) -> Tensor:
    """Of a whole film, (batch, features): a Trunk's features of a 16th and a 32nd of the side."""
    return cat([fine.mean(dim=(2, 3)), coarse.mean(dim=(2, 3)), coarse.amax(dim=(2, 3))], dim=1)

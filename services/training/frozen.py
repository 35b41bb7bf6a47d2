"""The first layers of a DenseNet as they are, while the others learn.

Most of a network's work is in its first layers, and grey levels, edges and textures of chest films are what they were.
Where they neither learn nor hand gradients on, an example takes a small part of the time.
"""

from torch import Tensor, nn

from cxr.dense import Dense
from training.compiled import Compiled
from training.films import DataError


def freeze(trunk: nn.Module) -> None:
    """Let what comes before the trunk's last two dense blocks neither learn nor change; again is as once.

    Raises:
        DataError: it is no DenseNet.
    """
    if not isinstance(trunk, Dense):
        raise DataError("--freeze is for a DenseNet: give --body densenet-lite0, too")
    if "early" in vars(trunk):
        return
    for layer in trunk.early_layers():
        layer.requires_grad_(False)
    trunk.early = Compiled(_Early(trunk))  # type: ignore[method-assign]  # of this instance alone


def thaw(trunk: nn.Module) -> None:
    """Let all of it learn again."""
    if isinstance(trunk, Dense) and "early" in vars(trunk):
        del trunk.early
        trunk.requires_grad_(True)


class _Early(nn.Module):
    """The first layers apart, so that they alone are told when nothing learns."""

    def __init__(self, trunk: Dense) -> None:
        super().__init__()
        self.layers = nn.ModuleList(trunk.early_layers())
        self._early = trunk.early

    def forward(self, values: Tensor) -> Tensor:
        return self._early(values)

"""The first layers of a DenseNet as they are, while the others learn.

Most of its work is there, and grey levels, edges and textures of chest films are what they were. So an example costs a
fourth of the multiplications where they neither learn nor hand gradients on, and OpenVINO runs them faster than torch.
"""

import warnings

import openvino
import torch
from torch import Tensor, nn

from cxr.backbone import DenseTrunk
from training.films import DataError


def freeze(trunk: nn.Module) -> None:
    """Let what comes before the trunk's third dense block neither learn nor change.

    Raises:
        DataError: it is no DenseNet's.
    """
    if not isinstance(trunk, DenseTrunk):
        raise DataError("--freeze is for a DenseNet: give --body densenet121, too")
    for layer in trunk.early_layers():
        layer.requires_grad_(False)
    trunk.early = Still(trunk)  # type: ignore[method-assign, assignment]  # of this instance alone


class Still:
    """A trunk's first layers, with the weights that they have when first asked: by then they have been read."""

    def __init__(self, trunk: DenseTrunk) -> None:
        self._layers = trunk.early_layers()
        self._compiled: openvino.CompiledModel | None = None

    @torch.no_grad()
    def __call__(self, values: Tensor) -> Tensor:
        """As DenseTrunk.early; nothing learns by it."""
        together = nn.Sequential(*self._layers).eval()  # of running averages: a batch is no matter
        if values.device.type != "cpu":
            found: Tensor = together(values)
            return found
        if self._compiled is None:
            self._compiled = _compiled(together, values)
        return torch.from_numpy(self._compiled(values.float().numpy())[0]).contiguous(memory_format=torch.channels_last)


def _compiled(layers: nn.Module, values: Tensor) -> openvino.CompiledModel:
    hints = {
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,  # a core that another training has is no core
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        model = openvino.convert_model(layers, example_input=values[:1], input=[-1, 1, -1, -1])
    return openvino.Core().compile_model(model, "CPU", hints)

"""What does not learn runs faster in OpenVINO than in torch, on a processor."""

import warnings

import openvino
import torch
from torch import Tensor, nn

from training.precision import FAST_HALF

UNPINNED = {"ENABLE_CPU_PINNING": False}  # a core that another training has is no core


class Compiled:
    """A module in evaluation mode, with the weights that it has when it is asked first; nothing learns by it.

    On a GPU torch runs it.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._compiled: openvino.CompiledModel | None = None

    @torch.no_grad()
    def __call__(self, values: Tensor) -> Tensor:
        """The module's first output, float32, for images of one channel: batches of any size, of any side."""
        if values.device.type != "cpu":
            found = self._module.eval()(values)
            first: Tensor = found[0] if isinstance(found, tuple) else found
            return first
        if self._compiled is None:
            self._compiled = _compiled(self._module.eval(), values)
        return torch.from_numpy(self._compiled(values.numpy())[0]).contiguous(memory_format=torch.preserve_format)


def _compiled(module: nn.Module, values: Tensor) -> openvino.CompiledModel:
    with warnings.catch_warnings(), torch.autocast("cpu", enabled=False):  # whoever trains may be within one
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        model = openvino.convert_model(module, example_input=values[:1], input=[-1, 1, -1, -1])
    return compiled_model(model, "bf16" if FAST_HALF else "f32")  # what learns beside it is in mixed precision, too


def compiled_model(model: openvino.Model, precision: str = "f32") -> openvino.CompiledModel:
    """Ready to run on a processor, on as many threads as torch has; in float32, as in serving, if not told."""
    hints = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": precision}
    return openvino.Core().compile_model(model, "CPU", UNPINNED | hints)

"""The one place that runs a network: OpenVINO on a CPU, torch with bf16 on a GPU, the same answers.

torch and the networks are imported only where they are needed: a worker that finds its network converted already
starts several times sooner, which is what a restarted worker's callers wait for.
"""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

QUANTISED = "int8.xml"
"""Written by `python -m training quantise`; its weights lie in the .bin file beside it."""

Outputs = tuple[NDArray[np.float32], ...]
Network = Callable[[NDArray[np.uint8]], Outputs]
"""uint8 (batch, 1, side, side) to the network's outputs, float32, batch first."""


@dataclass(frozen=True)
class Source:
    """What a network is made from."""

    stage: str
    """Its name."""
    weights: Path
    """The safetensors file."""
    side: int
    """Pixels of its square input."""
    outputs: int = 0
    """How many classes and findings the classifier has; 0 for the other stages."""
    body: str = "efficientnet-lite0"
    """Of the classifier: one of cxr.backbone.BODIES, or cxr.pair.PAIR."""
    gauge: tuple[int, int, int] | None = None
    """Of a stage that reads a number off films: cxr.gauge.Gauge's bins, groups and side; None for others."""

    @property
    def converted(self) -> Path:
        """The .xml file of its OpenVINO form in float16, beside the weights."""
        return self.weights.with_suffix(".xml")

    @property
    def quantised(self) -> Path:
        """The .xml file of its form in 8-bit integers, beside the weights; a CPU runs that where there is one."""
        return self.weights.with_name(QUANTISED)


def precision(source: Source, gpu: int | None) -> str:
    """Of the arithmetic in which a network is run: bf16 on a GPU; int8 on a CPU where it has that form, else f32."""
    if gpu is not None:
        return "bf16"
    return "int8" if source.quantised.exists() else "f32"


def on_gpu(source: Source, gpu: int) -> Network:
    """The network on a GPU, by its number, in bf16 and channels-last."""
    import torch

    device = torch.device("cuda", gpu)
    network = build(source).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def run(pixels: NDArray[np.uint8]) -> Outputs:
        with torch.autocast("cuda", torch.bfloat16):
            outputs = network(torch.from_numpy(pixels).to(device))
        many = outputs if isinstance(outputs, tuple) else (outputs,)
        return tuple(output.float().cpu().numpy() for output in many)

    return run


def on_cpu(source: Source, threads: int) -> Network:
    """The network on the CPU, converted first where the archive does not hold it converted.

    Args:
        source: what it is made from.
        threads: for one call; the stages on one machine share its cores.
    """
    if not source.quantised.exists() and not source.converted.exists():
        convert(source)
    chosen = source.quantised if source.quantised.exists() else source.converted
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",  # bf16 where the CPU has it would give other answers
        "ENABLE_CPU_PINNING": False,  # three stages pinned to the same first cores would wait for each other
    }
    compiled = openvino.Core().compile_model(str(chosen), "CPU", hints)

    def run(pixels: NDArray[np.uint8]) -> Outputs:
        outputs = compiled(pixels)
        return tuple(np.array(outputs[port], np.float32) for port in compiled.outputs)

    return run


def convert(source: Source) -> None:
    """Write source.converted; two workers that do so at once do not harm each other."""
    model = named(traced(build(source), source.side), source.stage)
    own = source.weights.with_name(f"converted-{os.getpid()}.xml")
    openvino.save_model(model, own, compress_to_fp16=True)  # the weights are float16 already
    own.with_suffix(".bin").replace(source.converted.with_suffix(".bin"))
    own.replace(source.converted)


def named(model: openvino.Model, name: str) -> openvino.Model:
    """The same, so called, wherever and after whatever it was converted.

    OpenVINO numbers what has no name of its own from the start of the process, and the digest of an archive covers it.
    """
    model.set_friendly_name(name)
    for number, node in enumerate(model.get_ordered_ops()):
        if node.get_friendly_name().startswith(f"{node.get_type_name()}_"):
            node.set_friendly_name(f"{node.get_type_name()}_{number}")
    return model


def traced(network: "nn.Module", side: int) -> openvino.Model:
    """A module of uint8 (batch, 1, side, side) in OpenVINO's form, for batches of any size."""
    import torch
    from openvino.tools.ovc import convert_model  # openvino has it too, where it was there when that was imported

    example = torch.zeros(1, 1, side, side, dtype=torch.uint8)
    with warnings.catch_warnings():
        # Sizes that tracing makes constant are constant here: each stage has one side.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        return convert_model(network, example_input=example, input=[-1, 1, side, side])


def build(source: Source) -> "nn.Module":
    """The torch module with its weights (float16 on disk) in float32, in evaluation mode."""
    from safetensors.torch import load_file

    from cxr import gauge, networks

    if source.gauge:
        network: nn.Module = gauge.Gauge(*source.gauge)
    else:
        network = networks.build(source.stage, source.outputs, source.body)
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(source.weights).items()})
    return network.eval()

"""The one place that runs a network: OpenVINO on a CPU, torch with bf16 on a GPU, the same answers.

torch and the networks are imported only where they are needed: a worker that finds the converted network beside its
weights starts in a second instead of ten, which is what a restarted worker's callers wait for.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

Outputs = tuple[NDArray[np.float32], ...]
Network = Callable[[NDArray[np.uint8]], Outputs]
"""uint8 (batch, 1, side, side) to the network's outputs, float32, batch first."""


def load(stage: str, weights: Path, side: int, threads: int, gpu: int | None, classes: int = 0) -> Network:
    """A stage's network, ready to run.

    Args:
        stage: discriminator, segmenter or classifier.
        weights: the safetensors file; the converted network is kept beside it.
        side: pixels of its square input.
        threads: CPU threads for one call; the stages on one machine share its cores.
        gpu: number of the GPU to run on, or None for the CPU.
        classes: what the classifier tells apart; 0 for the other stages.
    """
    if gpu is not None:
        return _on_gpu(build(stage, weights, classes), gpu)
    converted = weights.with_suffix(".xml")
    if not converted.exists():
        _convert(build(stage, weights, classes), side, converted)
    return _on_cpu(converted, threads)


def build(stage: str, weights: Path, classes: int = 0) -> "nn.Module":
    """A stage's torch module with its weights (float16 on disk) in float32, in evaluation mode."""
    from safetensors.torch import load_file

    from cxr import networks

    network = networks.build(stage, classes)
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(weights).items()})
    return network.eval()


def _convert(network: "nn.Module", side: int, converted: Path) -> None:
    """Write the network in OpenVINO's form; two workers that do so at once do not harm each other."""
    import torch

    example = torch.zeros(1, 1, side, side, dtype=torch.uint8)
    model = openvino.convert_model(network, example_input=example, input=[-1, 1, side, side])
    own = converted.with_name(f"{converted.stem}-{os.getpid()}.xml")
    openvino.save_model(model, own, compress_to_fp16=True)  # the weights are float16 already
    own.with_suffix(".bin").replace(converted.with_suffix(".bin"))
    own.replace(converted)


def _on_cpu(converted: Path, threads: int) -> Network:
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",  # bf16 where the CPU has it would give other answers
        "ENABLE_CPU_PINNING": False,  # three stages pinned to the same first cores would wait for each other
    }
    compiled = openvino.Core().compile_model(str(converted), "CPU", hints)

    def run(pixels: NDArray[np.uint8]) -> Outputs:
        outputs = compiled(pixels)
        return tuple(np.array(outputs[port], np.float32) for port in compiled.outputs)

    return run


def _on_gpu(network: "nn.Module", gpu: int) -> Network:
    import torch

    device = torch.device("cuda", gpu)
    network = network.to(device, memory_format=torch.channels_last)

    @torch.inference_mode()
    def run(pixels: NDArray[np.uint8]) -> Outputs:
        with torch.autocast("cuda", torch.bfloat16):
            outputs = network(torch.from_numpy(pixels).to(device))
        many = outputs if isinstance(outputs, tuple) else (outputs,)
        return tuple(output.float().cpu().numpy() for output in many)

    return run

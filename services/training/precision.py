"""Where a network is trained, and in which numbers, so that the machine multiplies as fast as it can."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)

CPU = torch.device("cpu")

FAST_HALF = any(torch.cpu.get_capabilities().get(name) for name in ("avx512_bf16", "amx_bf16"))
"""Whether the processor multiplies in bfloat16; where it does not, that takes several times as long as float32."""


def device_of(name: str) -> torch.device:
    """The device that a person asked for: cpu, cuda, or auto, which is a GPU where there is one.

    Raises:
        ValueError: there is no GPU.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ValueError("PyTorch finds no GPU here: is its build for CUDA, and the driver installed?")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def laid_out(network: Network, device: torch.device = CPU) -> Network:
    """The network on its device, its weights laid out as convolutions are fastest."""
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in torch's stubs
    return network


def mixed_precision(device: torch.device = CPU) -> torch.autocast:
    """In which networks are trained: bfloat16 on a GPU, and on a processor that has it, else float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=FAST_HALF or device.type != "cpu")


def depthwise_in_float32(network: nn.Module, device: torch.device = CPU) -> None:
    """Keep depthwise convolutions out of automatic mixed precision: on processors, their gradients in bfloat16 take
    several times as long as in float32 (torch 2.13), and the rest of the network gains from it."""
    if device.type != "cpu":
        return

    def whole(convolve: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def forward(values: Tensor) -> Tensor:
            with torch.autocast("cpu", enabled=False):
                return convolve(values.float())

        return forward

    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            module.forward = whole(module.forward)  # type: ignore[assignment, method-assign]  # of this instance alone


def device_where(network: nn.Module) -> torch.device:
    """Where a network's weights are."""
    return next(network.parameters()).device

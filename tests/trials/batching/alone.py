"""The networks alone by batch size: milliseconds a film, on the processor as the stages have it, and on a GPU."""

import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cxr import runtime, stage
from tests.trials.bench.cascade import HANDLERS
from tests.trials.bench.figures import Spread

ROUNDS = 30
WARM_ROUNDS = 3
ON_CPU = (1, 2, 4, 8)
CONFIG = "model-config.yaml"
ON_GPU = (1, 2, 4, 8, 16, 32)


def on_cpu(unpacked: Path) -> dict[str, dict[str, float]]:
    """Stage to batch size to milliseconds a film, with the archive's own number of threads."""
    networks = {name: runtime.on_cpu(source, threads) for name, source, threads in _sources(unpacked)}
    return _measured(networks, _sides(unpacked), ON_CPU)


def on_gpu(unpacked: Path) -> dict[str, dict[str, float]] | None:
    """The same on the first GPU; None where there is none."""
    import torch

    if not torch.cuda.is_available():
        return None
    networks = {name: runtime.on_gpu(source, 0) for name, source, _ in _sources(unpacked)}
    return _measured(networks, _sides(unpacked), ON_GPU)


def side(archive: Path) -> int:
    """Pixels of the square that an archive's network is sent."""
    with zipfile.ZipFile(archive) as packed:
        return int(yaml.safe_load(packed.read(CONFIG))["stage"]["side"])


def _measured(
    networks: dict[str, runtime.Network], sides: dict[str, int], sizes: tuple[int, ...]
) -> dict[str, dict[str, float]]:
    """Medians; all stages and sizes in turn, so that noise hits all alike."""
    random = np.random.default_rng(0)
    films = {name: random.integers(0, 256, (max(sizes), 1, side, side), np.uint8) for name, side in sides.items()}
    taken: dict[str, dict[int, list[float]]] = {name: {size: [] for size in sizes} for name in networks}
    for _ in range(WARM_ROUNDS + ROUNDS):
        for name, network in networks.items():
            for size in sizes:
                batch = films[name][:size]
                started = time.perf_counter()
                network(batch)
                taken[name][size].append(1000 * (time.perf_counter() - started) / size)
    return {
        name: {str(size): round(Spread.of(times[WARM_ROUNDS:]).p50, 2) for size, times in sizes_.items()}
        for name, sizes_ in taken.items()
    }


def _sources(unpacked: Path) -> list[tuple[str, runtime.Source, int]]:
    found = []
    for handler in HANDLERS:
        config = _config(unpacked / handler.name)
        found.append((handler.name, stage.source(handler.name, unpacked / handler.name, config), config["threads"]))
    return found


def _sides(unpacked: Path) -> dict[str, int]:
    return {handler.name: _config(unpacked / handler.name)["side"] for handler in HANDLERS}


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((folder / CONFIG).read_text())["stage"]
    return config

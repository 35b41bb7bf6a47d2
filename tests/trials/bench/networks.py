"""The networks alone: one film, two threads, no decoding, handler or transport; and how large their archives are."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from cxr import runtime, stage
from tests.trials.bench.cascade import HANDLERS
from tests.trials.bench.figures import Spread

THREADS = 2
"""Source: what the target is set for."""

ROUNDS = 100
WARM_ROUNDS = 10


def alone(unpacked: Path, archives: Path) -> dict[str, Any]:
    """Milliseconds of each stage's network for one film, asked in turn so that noise hits all alike; megabytes."""
    names = [handler.name for handler in HANDLERS]
    networks = {name: _network(name, unpacked / name) for name in names}
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(WARM_ROUNDS + ROUNDS):
        for name, (network, pixels) in networks.items():
            started = time.perf_counter()
            network(pixels)
            taken[name].append(1000 * (time.perf_counter() - started))
    spreads = {name: Spread.of(times[WARM_ROUNDS:]) for name, times in taken.items()}
    sizes = {name: os.path.getsize(archives / f"{name}.mar") / 1e6 for name in names}
    return {
        "networks_p50_ms": round(sum(spread.p50 for spread in spreads.values()), 2),
        "networks_ms": {name: spread.rounded() for name, spread in spreads.items()},
        "archives_mb": {name: round(size, 2) for name, size in sizes.items()},
        "largest_archive_mb": round(max(sizes.values()), 2),
    }


def _network(name: str, folder: Path) -> tuple[runtime.Network, np.ndarray]:
    config = yaml.safe_load((folder / "model-config.yaml").read_text())["stage"]
    pixels = np.random.default_rng(0).integers(0, 256, (1, 1, config["side"], config["side"]), np.uint8)
    return runtime.on_cpu(stage.source(name, folder, config), THREADS), pixels

"""The same film to the gateway and through the cascade in this process, in turn, so that noise hits both alike."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from imaging.file import File
from tests.trials.bench.cascade import Cascade
from tests.trials.bench.client import Gateway
from tests.trials.bench.errors import MeasurementError

STEPS = ("decode", "discriminator", "segmenter", "classifier")
SAME = 1e-3
"""Largest difference of a probability between the two. Source: what the runtime promises between processors."""


@dataclass
class Samples:
    """Milliseconds, one entry a pair."""

    gateway: list[float] = field(default_factory=list)
    in_process: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)
    gateway_steps: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    in_process_steps: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})


def measure(
    gateway: Gateway, cascade: Cascade, files: Iterable[File], warm_up: int, done: Callable[[], None]
) -> Samples:
    """Time each file, which no cache knows, on both sides, and then once more at the gateway, from its cache.

    Args:
        gateway: one side.
        cascade: the other.
        files: each with pixels of its own.
        warm_up: how many of them are not counted.
        done: called after each.

    Raises:
        MeasurementError: the two sides disagree, or an answer was cached where it should not have been.
    """
    samples = Samples()
    for number, file in enumerate(files):
        if number == warm_up:
            samples = Samples()
        if number % 2:
            ours = _in_process(cascade, file, samples)
            theirs = _served(gateway, file, samples)
        else:
            theirs = _served(gateway, file, samples)
            ours = _in_process(cascade, file, samples)
        _check_same(ours, theirs)
        _cached(gateway, file, samples)
        done()
    return samples


def _served(gateway: Gateway, file: File, samples: Samples) -> dict[str, float]:
    elapsed_ms, answer = gateway.assess(file)
    if answer["cached"]:
        raise MeasurementError("a film was cached before it was sent: a stack that was measured before needs --first")
    samples.gateway.append(elapsed_ms)
    for step, taken in samples.gateway_steps.items():
        taken.append(answer["timings_ms"][step])
    return dict(answer["classes"])


def _in_process(cascade: Cascade, file: File, samples: Samples) -> dict[str, float]:
    started = time.perf_counter()
    result, timings = cascade.assess(file)
    samples.in_process.append(1000 * (time.perf_counter() - started))
    for step, taken in samples.in_process_steps.items():
        taken.append(timings.get(step, 0.0))
    return dict(result.conclusion.classes or {})


def _cached(gateway: Gateway, file: File, samples: Samples) -> None:
    elapsed_ms, answer = gateway.assess(file)
    if not answer["cached"]:
        raise MeasurementError("a film that was sent a moment ago was not answered from the cache: is Redis up?")
    samples.cached.append(elapsed_ms)


def _check_same(ours: dict[str, float], theirs: dict[str, float]) -> None:
    if ours.keys() != theirs.keys() or any(abs(ours[name] - theirs[name]) > SAME for name in ours):
        raise MeasurementError(f"not the same cascade: in process {ours}, served {theirs}")

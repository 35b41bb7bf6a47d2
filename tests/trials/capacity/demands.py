"""What one film takes of each part of the stack when it is alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from tests.trials.capacity import processors
from vocabulary.stages import STAGES

CLIENT = "load test"
"""The part that sends: its processors are the stack's, where both are on one machine."""

VALKEY = "valkey"


@dataclass(frozen=True)
class Demands:
    """Of one film; seconds unless its name says otherwise."""

    cpu_s: Mapping[str, float]
    """Part to processor time; what the stack uses when nothing is asked is taken off."""
    alone_s: float
    """From sending a film to its whole answer, mean, with one user."""
    variation: Mapping[str, float]
    """Stage to the standard deviation of its calls over their mean."""
    idle_cores: float
    """Processors' worth that the stack uses when nothing is asked."""
    contention: float
    """How much longer the same work takes when every processor works, as a share."""
    inference_s: Mapping[str, float]
    """Stage to what its worker says that its network took, mean; empty where the gateway does not tell."""
    memory_mb: Mapping[str, float]
    """Part to megabytes, with one replica and one worker."""

    @property
    def total_s(self) -> float:
        """Processor time of all parts but the client."""
        return sum(used for part, used in self.cpu_s.items() if part != CLIENT)

    def stored(self) -> dict[str, Any]:
        """For a JSON report."""
        return {name: _rounded(value) for name, value in asdict(self).items()}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """What stored made."""
        return cls(**stored)


def parts() -> list[str]:
    """Those that a film takes processor time of, in the order in which it meets them."""
    of_stages = [part(stage) for stage in STAGES for part in (processors.java, processors.worker)]
    return [CLIENT, processors.LOOP, processors.THREADS, *of_stages, VALKEY]


def a_film(
    before: Mapping[str, float], after: Mapping[str, float], idle: Mapping[str, float], seconds: float, films: int
) -> dict[str, float]:
    """Part to seconds of processor time a film.

    Args:
        before: seconds so far, by part.
        after: the same, later.
        idle: seconds a second, when nothing is asked.
        seconds: from before to after.
        films: that were assessed meanwhile.
    """
    used = {part: after.get(part, 0) - before.get(part, 0) - seconds * idle.get(part, 0) for part in parts()[1:]}
    return {part: max(spent, 0) / films for part, spent in used.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 6) if isinstance(value, float) else value

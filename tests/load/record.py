"""Every request of one mix, and the figures made from them; Locust itself rounds its percentiles."""

import resource
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Request:
    """One answered request: seconds of the clock when it began, milliseconds that it took, and what was wrong."""

    kind: str
    began: float
    taken_ms: float
    error: str | None


@dataclass
class Record:
    """All of them, and the processor time of this process when it began."""

    requests: list[Request] = field(default_factory=list)
    cpu_s: float = 0.0

    def begin(self) -> None:
        """Forget what was before."""
        self.requests.clear()
        self.cpu_s = _cpu_s()

    def figures(self) -> dict[str, Any]:
        """Of all, and of each kind of file."""
        kinds = sorted({request.kind for request in self.requests})
        return {
            **_figures(self.requests),
            "kinds": {kind: _figures([each for each in self.requests if each.kind == kind]) for kind in kinds},
            "messages": dict(Counter(request.error for request in self.requests if request.error)),
            "cpu_s": {"load test": round(_cpu_s() - self.cpu_s, 2)},
        }


def _figures(requests: list[Request]) -> dict[str, Any]:
    if not requests:
        return {"requests": 0, "errors": 0, "requests_per_s": 0.0, "p50_ms": None, "p95_ms": None, "p99_ms": None}
    taken = np.array([request.taken_ms for request in requests])
    ended = max(request.began + request.taken_ms / 1000 for request in requests)
    p50, p95, p99 = (round(float(value), 1) for value in np.percentile(taken, (50, 95, 99)))
    return {
        "requests": len(requests),
        "errors": sum(request.error is not None for request in requests),
        "requests_per_s": round(len(requests) / (ended - min(request.began for request in requests)), 2),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

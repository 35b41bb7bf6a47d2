"""Every request of one test, and the figures made from them; Locust itself rounds its percentiles."""

import resource
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from .shapes import Shape


@dataclass(frozen=True)
class Request:
    """One request: seconds from the start of the test to it, milliseconds to its whole answer, and how that was."""

    kind: str
    lane: str
    began: float
    taken_ms: float
    error: str | None = None
    shed: bool = False
    """Told to come back later, in the right way."""

    @property
    def assessed(self) -> bool:
        """Whether it has the answer that it should have."""
        return not self.shed and self.error is None


@dataclass
class Record:
    """All of them, and the processor time that sending them took."""

    requests: list[Request] = field(default_factory=list)
    others_cpu_s: dict[str, float] = field(default_factory=dict)
    """Of other processes that send, by their name."""
    started: float = 0.0
    cpu_before: float = 0.0

    def begin(self) -> None:
        """Forget what was before."""
        self.requests.clear()
        self.others_cpu_s.clear()
        self.started, self.cpu_before = time.perf_counter(), _cpu_s()

    def elapsed(self) -> float:
        """Seconds since the test began here."""
        return time.perf_counter() - self.started

    def took(self) -> float:
        """Seconds from the start to the last answer."""
        return max((each.began + each.taken_ms / 1000 for each in self.requests), default=0.0)

    def drain(self) -> dict[str, Any]:
        """What another process is to be told, once: the requests since the last time, and the processor time so far."""
        rows = [list(astuple(request)) for request in self.requests]
        self.requests.clear()
        return {"requests": rows, "cpu_s": _cpu_s() - self.cpu_before}

    def add(self, sender: str, drained: dict[str, Any]) -> None:
        """What another process had drained."""
        self.requests += [Request(*row) for row in drained["requests"]]
        self.others_cpu_s[sender] = drained["cpu_s"]

    def figures(self, shape: Shape, deadline_s: float) -> dict[str, Any]:
        """Of all, and of each phase, kind of file and lane."""
        cpu_s = _cpu_s() - self.cpu_before + sum(self.others_cpu_s.values())
        return {
            **_figures(self.requests, deadline_s),
            "kinds": _by("kind", self.requests, deadline_s),
            "phases": {name: _phase(shape, name, self.requests, deadline_s) for name in _names(shape)},
            "messages": dict(Counter(request.error for request in self.requests if request.error)),
            "cpu_s": {"load test": round(cpu_s, 2)},
        }


def _names(shape: Shape) -> list[str]:
    return [phase.name for phase in shape.phases]


def _phase(shape: Shape, name: str, requests: Sequence[Request], deadline_s: float) -> dict[str, Any]:
    """Of what was asked in it, but for goodput, which is of what was answered in it: its own length is that of both."""
    [phase] = (each for each in shape.phases if each.name == name)
    inside = [request for request in requests if (shape.at(request.began) or shape.phases[-1]) is phase]
    in_time = [request for request in requests if request.assessed and request.taken_ms <= 1000 * deadline_s]
    good = sum(shape.at(request.began + request.taken_ms / 1000) is phase for request in in_time)
    return {
        "level": round(phase.level, 2),
        "seconds": round(phase.seconds, 1),
        **_figures(inside, deadline_s, phase.seconds),
        "goodput_per_s": round(good / phase.seconds, 2),
        "lanes": _by("lane", inside, deadline_s, phase.seconds),
    }


def _by(what: str, requests: Sequence[Request], deadline_s: float, seconds: float | None = None) -> dict[str, Any]:
    values = sorted({getattr(request, what) for request in requests})
    return {
        value: _figures([each for each in requests if getattr(each, what) == value], deadline_s, seconds)
        for value in values
    }


def _figures(requests: Sequence[Request], deadline_s: float, seconds: float | None = None) -> dict[str, Any]:
    """Counts, rates, and percentiles of those that were assessed: an answer that says no is quick.

    Args:
        requests: in any order.
        deadline_s: an answer that takes longer is of no use to anybody.
        seconds: that they are of; None: from the first request to the last answer.
    """
    assessed = [request for request in requests if request.assessed]
    taken = [request.taken_ms for request in assessed]
    p50, p95, p99 = _percentiles(taken)
    if seconds is None:
        ends = [request.began + request.taken_ms / 1000 for request in requests]
        seconds = max(ends) - min(request.began for request in requests) if requests else 0
    good = sum(each <= 1000 * deadline_s for each in taken)
    return {
        "requests": len(requests),
        "errors": sum(request.error is not None for request in requests),
        "shed": sum(request.shed for request in requests),
        "requests_per_s": round(len(requests) / seconds, 2) if seconds else 0.0,
        "goodput_per_s": round(good / seconds, 2) if seconds else 0.0,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
    }


def _percentiles(taken: Sequence[float]) -> tuple[float, float, float] | tuple[None, None, None]:
    """The 50th, 95th and 99th, by lines between neighbours; None of nothing."""
    if not taken:
        return None, None, None
    cuts = statistics.quantiles([*taken, *taken[: len(taken) == 1]], n=100, method="inclusive")
    return round(cuts[49], 1), round(cuts[94], 1), round(cuts[98], 1)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

"""Films through stations whose servers share processors: what closed forms cannot say.

A film takes one step after another. A step waits for a server of its station (a worker, an event loop), first come,
first served, and then for processor time, which all steps that run on the same processors share evenly. A server is
held while its processor time is waited for, so the stations are not independent, and product-form solutions (MVA) and
simulators of networks of queues do not apply: it is a layered queueing network.

Source:
    Rolia and Sevcik, "The Method of Layers", IEEE Transactions on Software Engineering 21 (8), 1995. Linux' fair
    scheduler shares evenly: processor sharing.
"""

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field

from tests.trials.capacity.network import Beside, Outcome, Path, Step, System
from tests.trials.capacity.sharing import Processors, Work

NOTHING_S = 1e-9
"""The least that a step takes: time has to pass."""

WARM = 0.1
"""Films before those that count, as a share of these."""


def closed(system: System, users: int, films: int, seed: int = 1) -> Outcome:
    """Users who send the next film as soon as the last is answered."""
    run = _Run(system, seed)
    for _ in range(users):
        run.enter()
    return run.measure(films)


def open_(system: System, per_s: float, films: int, seed: int = 1) -> Outcome:
    """Films that arrive at random times, so many a second."""
    run = _Run(system, seed, per_s)
    run.expect()
    return run.measure(films)


@dataclass(eq=False, slots=True)
class _Film:
    """One on its way; or a part of it that goes its own way for a while."""

    born: float
    path: Path
    whole: "_Film | None" = None
    at: int = -1
    parts: int = 0
    """That are on their way still."""


@dataclass(slots=True)
class _Queue:
    free: int
    waiting: deque[tuple[_Film, Step]] = field(default_factory=deque)
    held_s: float = 0.0


class _Run:
    def __init__(self, system: System, seed: int, per_s: float | None = None) -> None:
        self._system, self._per_s = system, per_s
        self._chance = random.Random(seed)
        self._now = 0.0
        self._queues = {name: _Queue(station.servers) for name, station in system.stations.items()}
        self._processors = Processors(system.pools, system.contention)
        self._working: dict[Work, tuple[_Film, Step]] = {}
        self._later: list[tuple[float, int, _Film | None]] = []
        self._numbers = 0
        self._done: list[float] = []

    def measure(self, films: int) -> Outcome:
        """Let the first ones pass, and then look at so many."""
        warm = round(WARM * films)
        self._until(warm)
        began, worked_s = self._now, dict(self._processors.worked_s)
        held_s = {name: queue.held_s for name, queue in self._queues.items()}
        self._until(warm + films)
        passed, stations, pools = self._now - began, self._system.stations, self._system.pools
        held = {name: (queue.held_s - held_s[name]) / stations[name].servers for name, queue in self._queues.items()}
        held |= {pool: (worked - worked_s[pool]) / pools[pool] for pool, worked in self._processors.worked_s.items()}
        used = {name: seconds / passed for name, seconds in held.items()}
        return Outcome((len(self._done) - warm) / passed, self._done[warm : warm + films], used)

    def expect(self) -> None:
        """The next film of an open system."""
        self._at(self._chance.expovariate(self._per_s or 1), None)

    def enter(self) -> None:
        """A film, now."""
        self._next(_Film(self._now, self._system.path))

    def _until(self, films: int) -> None:
        while len(self._done) < films:
            self._advance()

    def _advance(self) -> None:
        """To the next moment at which something ends or comes."""
        soonest, work = self._processors.soonest()
        comes = self._later[0][0] - self._now if self._later else math.inf
        passed = min(soonest, comes)
        self._now += passed
        self._processors.run(passed)
        for name, queue in self._queues.items():
            queue.held_s += passed * (self._system.stations[name].servers - queue.free)
        if work is not None and soonest < comes:
            self._end(work)
        else:
            self._come(heapq.heappop(self._later)[2])

    def _come(self, film: _Film | None) -> None:
        """A new film, or one that has waited for its delay."""
        if film is None:
            self.expect()
            self.enter()
        else:
            self._leave(film)

    def _next(self, film: _Film) -> None:
        film.at += 1
        if film.at == len(film.path):
            self._arrive(film)
        elif isinstance(step := film.path[film.at], Beside):
            self._part(film, step)
        elif (queue := self._queues[step.station]).free:
            queue.free -= 1
            self._begin(film, step)
        else:
            queue.waiting.append((film, step))

    def _part(self, film: _Film, step: Beside) -> None:
        waits = any(queue.waiting for queue in self._queues.values())
        rows = [[*step.one, *step.other]] if waits else [step.one, step.other]
        film.parts = len(rows)
        for row in rows:
            self._next(_Film(film.born, row, film))

    def _arrive(self, film: _Film) -> None:
        """At the end of its path; the whole goes on when its last part has."""
        if film.whole is None:
            self._at(self._system.delay_s, film)
            return
        film.whole.parts -= 1
        if not film.whole.parts:
            self._next(film.whole)

    def _begin(self, film: _Film, step: Step) -> None:
        work = Work(max(self._drawn(step), NOTHING_S), step.width)
        self._working[work] = film, step
        self._processors.add(self._system.stations[step.station].pool, work)

    def _end(self, work: Work) -> None:
        film, step = self._working.pop(work)
        station = step.station
        self._processors.remove(self._system.stations[station].pool, work)
        queue = self._queues[station]
        if queue.waiting:
            self._begin(*queue.waiting.popleft())
        else:
            queue.free += 1
        self._next(film)

    def _leave(self, film: _Film) -> None:
        self._done.append(self._now - film.born)
        if self._per_s is None:
            self.enter()

    def _drawn(self, step: Step) -> float:
        """Seconds of work, gamma-distributed around the mean."""
        if not step.variation:
            return step.work_s
        shape = 1 / step.variation**2
        return self._chance.gammavariate(shape, step.work_s / shape)

    def _at(self, seconds: float, film: _Film | None) -> None:
        self._numbers += 1
        heapq.heappush(self._later, (self._now + seconds, self._numbers, film))

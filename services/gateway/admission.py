"""How much is taken on at once, who waits for how long, and who is told when to come back."""

import asyncio
import bisect
import contextlib
import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.container import processors
from gateway.lanes import Lane
from gateway.metrics import Metrics
from imaging.errors import OverloadedError

SMOOTHING = 0.1
"""Weight of the newest request in the running mean of how long one takes."""

MIN_AT_WORK = 4
"""Requests at work though no replica takes a call: those that wait for one to come up."""

DECODING = processors()
"""Requests at work beyond what the replicas take: as many as can be decoded side by side."""

FAST_PLACES = 2
"""Urgent requests that are taken on at once, however many routine ones are at work."""


@dataclass(order=True)
class _Waiting:
    lane: Lane
    order: int
    called: "asyncio.Future[None]" = field(compare=False)


class _Gap:
    """Between two calls of one lane, while some of it wait: those of more urgent lanes are let in between."""

    def __init__(self) -> None:
        self._last: float | None = None
        self.mean_s = 0.0

    def called(self) -> None:
        now = time.monotonic()
        if self._last is not None:
            gap_s = now - self._last
            self.mean_s = self.mean_s + SMOOTHING * (gap_s - self.mean_s) if self.mean_s else gap_s
        self._last = now


class Admission:
    """Bounds the requests at work by what the replicas take, and lets the others wait, urgent ones first.

    What is at work slows all that is at work: decoding uses the processor, and a stage answers one film after another.
    So no more are at work than keep every replica busy. Whoever would wait for too long is told so at once.
    """

    def __init__(
        self,
        max_in_flight: int,
        queue_s: float,
        urgent_queue_s: float,
        metrics: Metrics,
        room: Callable[[], int],
    ) -> None:
        """Of nothing yet.

        Args:
            max_in_flight: requests at work and waiting, urgent ones aside, of which there may be as many more.
            queue_s: the longest wait that a routine request is expected to have and is still taken on, in seconds.
            urgent_queue_s: that of an urgent one.
            metrics: the gateway's.
            room: calls that the replicas take at once, now.
        """
        self._max_in_flight = max_in_flight
        self._queue_s, self._urgent_queue_s = queue_s, urgent_queue_s
        self._metrics = metrics
        self._room = room
        self._at_work = 0
        self._gaps: dict[Lane, _Gap] = {}
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._mean_s = 0.1
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._ended = -math.inf

    @property
    def idle(self) -> bool:
        """Whether nobody waits: there is room for work that may turn out to be needless."""
        return not self._waiting

    def check(self, lane: Lane) -> None:
        """Refuse what would wait for too long, before it is received.

        Raises:
            OverloadedError: says after how many seconds the wait will be short again.
        """
        wait_s = self._expected_wait_s(lane)
        most, longest_s = self._max_in_flight, self._queue_s
        if lane is Lane.URGENT:
            most, longest_s = 2 * most, self._urgent_queue_s
        if wait_s > longest_s or self._at_work + len(self._waiting) >= most:
            raise self._overloaded(lane, wait_s - longest_s)

    async def enter(self, lane: Lane, longest_s: float) -> "Place":
        """A place at work; waits for one.

        Args:
            lane: who goes first.
            longest_s: after which waiting is given up, since too little time would be left for the work.

        Raises:
            OverloadedError: the wait would be, or was, too long.
        """
        self.check(lane)
        self._metrics.admitted.labels(lane.label).inc()
        self._metrics.in_flight.inc()
        began = time.perf_counter()
        try:
            async with asyncio.timeout(longest_s):
                await self._called(lane)
        except BaseException as error:
            self._metrics.in_flight.dec()
            if isinstance(error, TimeoutError):
                raise self._overloaded(lane, self._expected_wait_s(lane)) from error
            raise
        self._metrics.admission_seconds.labels(lane.label).observe(time.perf_counter() - began)
        return Place(self)

    async def quiet(self, for_s: float, longest_s: float) -> None:
        """Return when no request has been at work, nor has waited, for so long; or after longest_s."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest_s):
                await self._quiet.wait()
                while (rest_s := self._ended + for_s - time.monotonic()) > 0:
                    await asyncio.sleep(rest_s)
                    await self._quiet.wait()

    async def _called(self, lane: Lane) -> None:
        waiting = _Waiting(lane, next(self._order), asyncio.get_running_loop().create_future())
        bisect.insort(self._waiting, waiting)
        self._call()
        try:
            await waiting.called
        except asyncio.CancelledError:
            if waiting.called.done() and not waiting.called.cancelled():
                self._at_work -= 1  # it had just been called
            with contextlib.suppress(ValueError):  # it was passed over between hanging up and here
                self._waiting.remove(waiting)
            self._call()
            raise

    def _call(self) -> None:
        """Let in as many as there is room for."""
        while self._waiting:
            extra = FAST_PLACES if self._waiting[0].lane is Lane.URGENT else 0
            if self._at_work >= self._places() + extra:
                break
            waiting = self._waiting.pop(0)
            if not waiting.called.done():
                self._at_work += 1
                waiting.called.set_result(None)
                self._gaps.setdefault(waiting.lane, _Gap()).called()
        for lane in self._gaps.keys() - {each.lane for each in self._waiting}:
            del self._gaps[lane]
        if self._at_work or self._waiting:
            self._quiet.clear()
        elif not self._quiet.is_set():
            self._quiet.set()
            self._ended = time.monotonic()
        self._metrics.expected_wait.set(self._expected_wait_s(Lane.ROUTINE))

    def _overloaded(self, lane: Lane, too_long_s: float) -> OverloadedError:
        """Come back when the wait has become shorter by so much."""
        self._metrics.rejected.labels(lane.label).inc()
        return OverloadedError(max(1, math.ceil(max(too_long_s, 0.0) + self._mean_s)))

    def _places(self) -> int:
        return max(self._room(), MIN_AT_WORK) + DECODING

    def _expected_wait_s(self, lane: Lane) -> float:
        """Seconds until those that are ahead are at work: as many as wait, at the pace at which they have been called.

        Source:
            Until that pace is known, Little's law: places at work, each for the mean time, end at places over mean.
        """
        gap = self._gaps.get(lane)
        if gap and gap.mean_s:
            return gap.mean_s * (1 + sum(each.lane is lane for each in self._waiting))
        ahead = bisect.bisect_right(self._waiting, lane, key=lambda each: each.lane)
        places = self._places()
        if not ahead and self._at_work < places:
            return 0.0
        return (ahead + 1) * self._mean_s / places

    def _left(self, took_s: float) -> None:
        self._at_work -= 1
        self._mean_s += SMOOTHING * (took_s - self._mean_s)
        self._metrics.in_flight.dec()
        self._call()


class Place:
    """One request at work."""

    def __init__(self, admission: Admission) -> None:
        self._admission: Admission | None = admission
        self._entered = time.perf_counter()

    def leave(self) -> None:
        """It is done; once more does nothing."""
        admission, self._admission = self._admission, None
        if admission:
            admission._left(time.perf_counter() - self._entered)

"""From one uploaded file to one number: decode once, look it up, or have the problem's stage read it off the film."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

import structlog

from auditing.trail import Trail
from cxr.errors import StageError
from cxr.number import framed
from cxr.radiograph import Radiograph
from cxr.wire import Description
from gateway import names, tags
from gateway.cascade import Ask
from gateway.compared import by_gauge, gauged
from gateway.decoder import Decoder
from gateway.draws import Draws
from gateway.errors import NotDeployedError
from gateway.feed import Feed, entry
from gateway.fleet.fleet import Fleet
from gateway.fleet.stages import Stages
from gateway.gauging import gauge, scores
from gateway.metrics import Metrics
from gateway.names import result_key
from gateway.shadow import Answered, Shadow
from gateway.store import Store
from gateway.threads import Threads
from gateway.vault import Vault
from gateway.work import Work
from imaging import grey
from imaging.header import unpack
from results.measured import Kept, Measured, MeasuredTimings, Reading
from results.reading import NumberReading
from vocabulary.problems.problem import Problem

log = structlog.get_logger()

KEPT = "reading"
"""What the store calls what a stage said of a film's pixels."""


class Measurer:
    """Measures films; the same pixels under the same model are measured once, whatever is known of the person."""

    def __init__(
        self,
        fleets: Mapping[str, Fleet],
        store: Store,
        vault: Vault,
        metrics: Metrics,
        shadow: Shadow,
        trail: Trail,
        decoder: Decoder,
        threads: Threads,
        feed: Feed,
    ) -> None:
        self.fleets = fleets
        """By the names of their problems."""
        self._draws = Draws(vault)
        self._store, self._metrics, self._trail = store, metrics, trail
        self._feed, self._shadow = feed, shadow
        self._decoder, self._threads = decoder, threads

    def answers(self, problem: Problem) -> bool:
        """Whether a stage does."""
        return problem.name in self.fleets

    def fleet(self, problem: Problem) -> Fleet:
        """The releases that answer it.

        Raises:
            NotDeployedError: none does.
        """
        if found := self.fleets.get(problem.name):
            return found
        raise NotDeployedError(f"this gateway has no stage for the problem {problem.name}: it was not deployed")

    async def measure(self, work: Work, problem: Problem, group: str) -> NumberReading:
        """The number of a prepared film; the film's header is not in it.

        Args:
            work: prepared.
            problem: whose answer is a number.
            group: what the request says of the person; empty: what the film's header says.

        Raises:
            StageError: the stage did not answer; nothing is kept.
        """
        fleet = self.fleet(problem)
        first = fleet.now.answering(partial(self._draws.of, work))
        try:
            return await self._measure(work, problem, group, first)
        except StageError as error:
            if not self._again(work, fleet, first, error):
                raise
        return await self._measure(work, problem, group, fleet.serving)

    def _again(self, work: Work, fleet: Fleet, first: Stages, error: StageError) -> bool:
        """Whether a film may be measured after all: it was the canary's or an old plan's."""
        if first.release in fleet.now.canaries:
            self._metrics.fallbacks.inc()
            log.warning("canary failed", release=first.release, code=error.code)
        return first is not fleet.serving and work.deadline.left() > 0

    async def _measure(self, work: Work, problem: Problem, group: str, stages: Stages) -> NumberReading:
        described = await stages.descriptions(work.deadline.left())
        key = result_key(work.film, described)
        found = None if work.fresh else await self._store.computed(key, work.film, KEPT, Reading)
        self._metrics.cache.labels("bypassed" if work.fresh else "hit" if found else "miss").inc()
        known = group or _group(work, problem)
        reading = found or await self._read(work, problem, known, stages, described)
        measured = _measured(work, problem, reading, known, cached=found is not None)
        named = f"{key} {known}".rstrip()  # the same film under the same archive has another number for another sex
        kept = Kept(measured=measured, caller=work.caller, key=named, film=work.film, header=work.header or b"")
        await self._store.put(names.measured(work.id), kept, work.film)
        self._feed.add(entry(measured, work.source, work.lane))
        self._told(work, measured)
        return NumberReading(None, measured, named)

    async def _read(
        self, work: Work, problem: Problem, group: str, stages: Stages, described: dict[str, Description]
    ) -> Reading:
        radiograph = await self._decoder.radiograph(work)
        aside = partial(self._threads.run, caller=work.caller)
        ask = Ask(work.request_id, work.deadline, described, lane=work.lane, aside=aside)
        reading = await gauge(radiograph, problem, stages, ask)
        work.timings["model"] = ask.timings[problem.name]
        kept = self._store.put_computed(work.film, radiograph, result_key(work.film, described), reading, KEPT)
        await asyncio.gather(kept, self._count(work, problem, radiograph, stages, scores(problem, reading, group)))
        if other := self.fleets[problem.name].now.compared(partial(self._draws.of, work), stages.release):
            said = gauged(stages.release, problem, reading, group)
            again = by_gauge(radiograph, work.request_id, problem, group)
            self._shadow.compare(Answered(work.film, work.header, work.request_id, problem, said), other, again)
        return reading

    async def _count(
        self, work: Work, problem: Problem, radiograph: Radiograph, stages: Stages, said: dict[str, float]
    ) -> None:
        """For drift, once: not what was computed before."""
        if not work.fresh:
            await self.fleets[problem.name].count(stages, partial(_levels, radiograph, problem), said)

    def _told(self, work: Work, measured: Measured) -> None:
        self._trail.record(
            work.caller,
            "film.assess",
            work.id,
            request=work.request_id,
            outcome=measured.outcome,
            problem=measured.asked,
            cached=measured.cached or None,
            address=work.address or None,
        )
        self._metrics.lane_seconds.labels(work.lane.label).observe(measured.timings_ms.total / 1000)


def _group(work: Work, problem: Problem) -> str:
    """What the film's header says of the person, of that which the problem asks for; only the sex can be."""
    if problem.columns.group != "sex" or not work.header:
        return ""
    said = tags.sex(unpack(work.header)) or ""
    return said if said in problem.groups else ""


def _levels(radiograph: Radiograph, problem: Problem) -> dict[str, float]:
    """Of the square that the stage is sent: those of the training films are of no more pixels."""
    return grey.levels(framed(radiograph.pixels, problem.side))


def _measured(work: Work, problem: Problem, reading: Reading, group: str, cached: bool) -> Measured:
    estimate = reading.estimates.get(group)
    timings = {name: round(ms, 1) for name, ms in work.timings.items()}
    total = round(1000 * (time.perf_counter() - work.started), 1)
    return Measured(
        id=work.id,
        created=work.created,
        asked=problem.name,
        outcome="assessed" if estimate else "refused",
        refusal=reading.refusal,
        value=estimate.value if estimate else None,
        told={problem.columns.group: group} if group else {},
        in_distribution=reading.in_distribution,
        nearness=reading.nearness,
        models=reading.models,
        display=reading.display,
        timings_ms=MeasuredTimings(**timings, total=total),
        cached=cached,
    )

"""From one uploaded file to one number: decode once, look it up, or have the problem's stage read it off the film."""

import time
from collections.abc import Mapping
from functools import partial

import structlog

from auditing.trail import Trail
from cxr import number, wire
from cxr.errors import StageError, StageFailedError
from gateway import names, tags
from gateway.decoder import Decoder
from gateway.draws import Draws
from gateway.errors import NotDeployedError
from gateway.feed import Feed, entry
from gateway.fleet.fleet import Fleet
from gateway.fleet.stages import Stage, Stages
from gateway.metrics import Metrics
from gateway.names import result_key
from gateway.store import Store
from gateway.threads import Threads
from gateway.tracing import span
from gateway.vault import Vault
from gateway.work import Work
from imaging.header import unpack
from results.measured import Estimated, Kept, Measured, MeasuredTimings, Reading
from results.reading import NumberReading
from results.schema import Map, Refusal
from vocabulary.problems.problem import Number, Problem

log = structlog.get_logger()

PLACES = 1
"""Of a number in an answer: no reader's is as fine."""

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
        trail: Trail,
        decoder: Decoder,
        threads: Threads,
        feed: Feed,
    ) -> None:
        self.fleets = fleets
        """By the names of their problems."""
        self._draws = Draws(vault)
        self._store, self._metrics, self._trail = store, metrics, trail
        self._feed = feed
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
            return await self._measure(work, problem, group, first[problem.name])
        except StageError as error:
            if not self._again(work, fleet, first, error):
                raise
        return await self._measure(work, problem, group, fleet.serving[problem.name])

    def _again(self, work: Work, fleet: Fleet, first: Stages, error: StageError) -> bool:
        """Whether a film may be measured after all: it was the canary's or an old plan's."""
        if first.release in fleet.now.canaries:
            self._metrics.fallbacks.inc()
            log.warning("canary failed", release=first.release, code=error.code)
        return first is not fleet.serving and work.deadline.left() > 0

    async def _measure(self, work: Work, problem: Problem, group: str, stage: Stage) -> NumberReading:
        who = await stage.description(work.deadline.left())
        key = result_key(work.film, {problem.name: who})
        found = None if work.fresh else await self._store.computed(key, work.film, KEPT, Reading)
        self._metrics.cache.labels("bypassed" if work.fresh else "hit" if found else "miss").inc()
        reading = found or await self._read(work, problem, stage, who, key)
        known = group or _group(work, problem)
        measured = _measured(work, problem, reading, known, cached=found is not None)
        named = f"{key} {known}".rstrip()  # the same film under the same archive has another number for another sex
        kept = Kept(measured=measured, caller=work.caller, key=named, film=work.film, header=work.header or b"")
        await self._store.put(names.measured(work.id), kept, work.film)
        self._feed.add(entry(measured, work.source, work.lane))
        self._told(work, measured)
        return NumberReading(None, measured, named)

    async def _read(self, work: Work, problem: Problem, stage: Stage, who: wire.Description, key: str) -> Reading:
        radiograph = await self._decoder.radiograph(work)
        framed = partial(number.framed, radiograph.pixels, who.side)
        film = await self._threads.run(framed, work.lane, caller=work.caller)
        started = time.perf_counter()
        with span(stage.name, version=who.version, lane=work.lane.label):
            reply = await stage.ask(film, work.request_id, work.deadline.left(), work.lane, who.digest)
        work.timings["model"] = 1000 * (time.perf_counter() - started)
        if not isinstance(reply.answer, wire.Measurement):
            raise StageFailedError(stage.name, "answered something else than was asked")
        reading = _reading(problem, reply.answer, {problem.name: who.version}, radiograph.display)
        await self._store.put_computed(work.film, radiograph, key, reading, KEPT)
        return reading

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


def _reading(problem: Problem, said: wire.Measurement, models: dict[str, str], display: str) -> Reading:
    return Reading(
        in_distribution=said.in_distribution,
        nearness=said.nearness,
        refusal=_refusal(problem, said.refusal) if said.refusal else None,
        estimates={
            group: Estimated(value=_value(problem, each), heatmap=Map.of(said.heatmaps[group]))
            for group, each in said.estimates.items()
        },
        models=models,
        display=display,
    )


def _refusal(problem: Problem, reason: str) -> Refusal:
    detail = f"This does not look like a {problem.film} as the model knows them. Check that the right film was sent."
    return Refusal(reason=reason, detail=detail)


def _value(problem: Problem, estimate: wire.Estimate) -> dict[str, float | tuple[float, float]]:
    unit = problem.asks.unit if isinstance(problem.asks, Number) else "value"
    interval = round(estimate.low, PLACES), round(estimate.high, PLACES)
    return {unit: round(estimate.value, PLACES), "interval": interval}


def _group(work: Work, problem: Problem) -> str:
    """What the film's header says of the person, of that which the problem asks for; only the sex can be."""
    if problem.columns.group != "sex" or not work.header:
        return ""
    said = tags.sex(unpack(work.header)) or ""
    return said if said in problem.groups else ""


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

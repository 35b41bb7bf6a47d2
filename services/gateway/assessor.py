"""From one uploaded file to one assessment: decode once, look it up, or have the cascade compute it once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import structlog

from auditing.trail import Trail
from cxr.errors import CxrError, StageError
from cxr.radiograph import Radiograph
from cxr.wire import Description
from gateway.cascade import Ask, assess
from gateway.compared import by_cascade, concluded
from gateway.correction import correction
from gateway.deadline import Deadline
from gateway.decoder import Decoder
from gateway.draws import Draws
from gateway.drift import chest_scores
from gateway.errors import StageTimeoutError
from gateway.feed import Feed, entry
from gateway.fleet.fleet import Fleet
from gateway.fleet.stages import StageChangedError, Stages
from gateway.lanes import Lane
from gateway.metrics import Metrics
from gateway.names import result_key
from gateway.problem import problem
from gateway.shadow import Answered, Shadow
from gateway.store import Record, Store
from gateway.threads import Threads
from gateway.tracing import span
from gateway.vault import Vault
from gateway.work import Work
from imaging import grey
from imaging.file import File
from results.reading import Reading
from results.schema import Assessment, Conclusion, Result, Running, Source
from vocabulary.problems.chest import CHEST

log = structlog.get_logger()

MAX_RELEASES_TRIED = 3
"""Of one film, where its stages are replaced under it: the canary, the release before the switch, the one after."""

GRACE_S = 5
"""How long after its deadline an assessment whose gateway died is still found as running."""

Finish = Callable[[Work], Awaitable[object]]
"""From a prepared film to its answer, which is kept."""


class Assessor:
    """Assesses files; the same pixels under the same models are computed once, also when asked for at once."""

    def __init__(
        self,
        fleet: Fleet,
        store: Store,
        feed: Feed,
        vault: Vault,
        metrics: Metrics,
        shadow: Shadow,
        trail: Trail,
        decoder: Decoder,
        threads: Threads,
        deadline_s: float,
    ) -> None:
        self._fleet = fleet
        self._shadow = shadow
        self._trail = trail
        self._store = store
        self._feed = feed
        self._draws = Draws(vault)
        self._metrics = metrics
        self._deadline_s = deadline_s
        self._decoder = decoder
        self._threads = threads
        self._computing: dict[str, asyncio.Task[Result]] = {}
        self._background: set[asyncio.Task[None]] = set()

    def work(
        self,
        file: File,
        request_id: str,
        fresh: bool,
        despite_refusal: bool = False,
        correct: bool = False,
        caller: str = "",
        lane: Lane = Lane.ROUTINE,
        address: str = "",
        source: Source = "api",
    ) -> Work:
        """Start the clock of one request."""
        deadline = Deadline(self._deadline_s)
        return Work(file, request_id, deadline, fresh, despite_refusal, correct, caller, lane, address, source)

    async def prepare(self, work: Work) -> None:
        """Find out what film it is.

        Raises:
            InputError: no radiograph can be read from it.
        """
        await self._decoder.decode(work)

    async def finish(self, work: Work) -> Reading:
        """The assessment of a prepared film, with its maps; the film's header and pixels are not in it.

        Raises:
            StageError: a stage did not answer; nothing is kept.
        """
        for turn in range(1, MAX_RELEASES_TRIED + 1):
            stages = self._fleet.now.answering(partial(self._draws.of, work)) if turn == 1 else self._fleet.serving
            try:
                return await self._finish(work, stages)
            except StageError as error:
                if turn == MAX_RELEASES_TRIED or not self._again(work, stages, error):
                    raise
        raise AssertionError("the last turn returns or raises")

    def _again(self, work: Work, stages: Stages, error: StageError) -> bool:
        """Whether a film may be answered after all: its stage was replaced, or it was the canary's or an old plan's."""
        if stages.release in self._fleet.now.canaries:
            self._metrics.fallbacks.inc()
            log.warning("canary failed", release=stages.release, code=error.code)
        replaced = stages is not self._fleet.serving
        return (replaced or isinstance(error, StageChangedError)) and work.deadline.left() > 0

    async def with_film(self, work: Work, reading: Reading) -> Reading:
        """A finished reading, and the pixels that were assessed; decoded again where that was before this request."""
        return replace(reading, film=(await self._decoder.radiograph(work)).pixels)

    async def _finish(self, work: Work, stages: Stages) -> Reading:
        described = await stages.descriptions(work.deadline.left(later_stages=3))
        key = result_key(work.film, described, work.despite_refusal)
        with span("cache"):
            result = None if work.fresh else await self._store.result(key, work.film)
        cached = result is not None
        self._metrics.cache.labels("bypassed" if work.fresh else "hit" if cached else "miss").inc()
        if result is None:
            result = await self._computed(work, key, stages, described)
        if work.looks_negative(result.conclusion):
            await self._decoder.turn(work)
            return await self._finish(work, stages)
        if work.may_correct(result.conclusion) and await self._correct(work, stages, described):
            return await self._finish(work, stages)
        self._metrics.release_films.labels(stages.release).inc()
        assessment = work.assessment(result.conclusion, described["classifier"].population, cached)
        await self._keep(work, assessment, key)
        return Reading(None, assessment, result, None, key)

    async def begin(self, work: Work, release: Callable[[], None], finish: Finish | None = None) -> Running:
        """Finish a prepared film in the background; what comes of it, a failure too, is found by its id.

        Args:
            work: prepared.
            release: called when it is finished.
            finish: keeps the answer; where it is not given, the cascade's.
        """
        running = Running(id=work.id, created=work.created)
        record = Record(assessment=running, caller=work.caller)
        await self._store.put_record(record, ttl_s=round(self._deadline_s) + GRACE_S)
        task = asyncio.create_task(self._finish_later(work, finish or self.finish))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(lambda _: release())
        return running

    async def aclose(self) -> None:
        """Wait for what runs in the background; it takes no longer than the deadline."""
        await asyncio.gather(*self._background, *self._computing.values(), return_exceptions=True)

    async def _finish_later(self, work: Work, finish: Finish) -> None:
        try:
            await finish(work)
        except CxrError as error:
            log.warning("failed", code=error.code, id=work.id)
            failed = work.assessment(Conclusion(outcome="failed"), population="", cached=False)
            failed = failed.model_copy(update={"problem": problem(error)})
            await self._keep(work, failed)

    async def _keep(self, work: Work, assessment: Assessment, key: str = "") -> None:
        """Keep a finished assessment, and then list it: who reads of it in the feed will ask for it."""
        listed = entry(assessment, work.source, work.lane)
        along = self._feed.along(listed)
        with span("keep"):
            kept = await self._store.put_record(self._record(work, assessment, key), along=along)
        if not (kept and along):
            self._feed.add(listed)
        self._trail.record(
            work.caller,
            "film.assess",
            work.id,
            request=work.request_id,
            outcome=assessment.outcome,
            cached=assessment.cached or None,
            address=work.address or None,
        )
        self._observe(work, assessment)

    def _record(self, work: Work, assessment: Assessment, key: str) -> Record:
        known = {"film": work.film, "before": work.before, "header": work.header or b"", "caller": work.caller}
        return Record(assessment=assessment, key=key, **known)

    async def _computed(self, work: Work, key: str, stages: Stages, described: dict[str, Description]) -> Result:
        """Join the task that computes this key, or start it. It goes on when this request's client hangs up."""
        radiograph = await self._decoder.radiograph(work)
        task = None if work.fresh else self._computing.get(key)
        if task:
            self._metrics.cache.labels("joined").inc()
        else:
            task = asyncio.create_task(self._compute(work, radiograph, key, stages, self._ask(work, described)))
            self._computing[key] = task
            task.add_done_callback(lambda done: self._computed_all(key, done))
        finished, _ = await asyncio.wait({task}, timeout=work.deadline.left())
        if not finished:
            raise StageTimeoutError("cascade", "the deadline passed")
        return task.result()

    def _ask(self, work: Work, described: dict[str, Description]) -> Ask:
        about = work.request_id, work.deadline, described, work.despite_refusal, work.lane, work.ahead
        return Ask(*about, partial(self._threads.run, caller=work.caller))

    async def _correct(self, work: Work, stages: Stages, described: dict[str, Description]) -> bool:
        """Turn or invert the film; False where the discriminator accepts it in no way."""
        found = await correction(await self._decoder.radiograph(work), stages, self._ask(work, described))
        self._metrics.corrections.labels("corrected" if found else "no way").inc()
        if found:
            await self._decoder.correct(work, found)
        return found is not None

    def _computed_all(self, key: str, done: "asyncio.Task[Result]") -> None:
        if self._computing.get(key) is done:
            del self._computing[key]
        if not done.cancelled():
            done.exception()  # seen: every caller that still waits gets it too

    async def _compute(self, work: Work, radiograph: Radiograph, key: str, stages: Stages, ask: Ask) -> Result:
        result = await assess(radiograph, stages, ask)
        work.timings |= ask.timings
        kept = self._store.put_computed(work.film, radiograph, key, result)
        await asyncio.gather(kept, self._count(work, radiograph, stages, result.conclusion))
        if other := self._fleet.now.compared(partial(self._draws.of, work), stages.release):
            said = concluded(stages.release, result.conclusion)
            again = by_cascade(radiograph, work.request_id, work.despite_refusal)
            self._shadow.compare(Answered(work.film, work.header, work.request_id, CHEST, said), other, again)
        return result

    async def _count(self, work: Work, radiograph: Radiograph, stages: Stages, conclusion: Conclusion) -> None:
        """For drift, once: not what was computed before."""
        if not work.fresh:
            await self._fleet.count(stages, partial(grey.levels, radiograph.pixels), chest_scores(conclusion))

    def _observe(self, work: Work, assessment: Assessment) -> None:
        self._metrics.outcomes.labels(assessment.outcome).inc()
        if assessment.refusal:
            counted = self._metrics.refusals if assessment.outcome == "refused" else self._metrics.overridden
            counted.labels(assessment.refusal.reason).inc()
        if "decode" in work.timings:
            self._metrics.decode_seconds.observe(work.timings["decode"] / 1000)
        for seconds in (self._metrics.request_seconds, self._metrics.lane_seconds.labels(work.lane.label)):
            seconds.observe(assessment.timings_ms.total / 1000)

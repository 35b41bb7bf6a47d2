"""What a gateway is made of, and in which order it starts and ends; the only module that knows every adapter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from importlib.metadata import version

import structlog

from auditing.trail import Trail, keeping, open_journal
from cxr import tracing
from gateway.admission import Admission
from gateway.assessor import Assessor
from gateway.decoder import Decoder
from gateway.feed import Feed
from gateway.fleet import numbers
from gateway.fleet.channels import Channels
from gateway.fleet.fleet import Fleet
from gateway.fleet.releases import Plan
from gateway.forgetter import Forgetter
from gateway.http.buffers import Buffers
from gateway.http.listener import Listener
from gateway.http.state import Gateway
from gateway.http.traced import SERVICE
from gateway.measurer import Measurer
from gateway.metrics import Metrics
from gateway.pairs import Pairs
from gateway.settings import Settings
from gateway.shadow import Shadow
from gateway.store import Store
from gateway.threads import Threads
from gateway.top.history import History
from gateway.trail import SERVICE as AUDITED
from gateway.vault import Vault
from imaging import codec
from imaging.reference import Reference
from vocabulary.problems.chest import CHEST
from vocabulary.stages import STAGES

log = structlog.get_logger()

WARM_S = 60.0
"""How long the stages are waited for at a time, before it is asked anew which release serves."""

AFTER_S = 2.0
"""From the stages' being up to the start of the codecs' process, for whatever else starts on the machine."""


class Parts:
    """What can be wrong with the settings shows when they are made; nothing is connected before they run."""

    def __init__(self, settings: Settings) -> None:
        """Of a gateway that does not run yet.

        Raises:
            ReleasesError: the file of releases cannot be read.
            ValueError: the file of the reference, of the secret or of the audit's key is not as it should be.
            OSError: a certificate, a password or the audit cannot be read.
        """
        self._settings = settings
        self.traced = tracing.provider(SERVICE, version("cxr-cascade"))
        self._plan = _plan(settings)
        self._numbers = numbers.plans(settings.problem_stages, settings.problem_files)
        plans = {CHEST.name: self._plan, **self._numbers}
        self.metrics = Metrics(_references(settings, plans))
        for name, file in settings.releases_files.items():
            self.metrics.drift.follow(name, plans[name].serve, plans[name].reference(file))
        for plan in plans.values():
            for release, why in (plan.withdrawn or {}).items():
                log.warning("release withdrawn", release=release, reason=why, serves=plan.serve)
        self._channels = Channels(settings.stage_ca, settings.stage_certificate, settings.stage_key)
        self._vault, self._redis_url = Vault(*settings.shared_secrets()), settings.redis_url
        self._journal = open_journal(settings, AUDITED)
        self.stopping = asyncio.Event()
        """Set by who serves the gateway, before requests are waited for."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        """The gateway; at the end, what is at work is finished first."""
        settings, metrics, vault = self._settings, self.metrics, self._vault
        if not settings.shared_secrets():
            log.warning("no secret", reason="after a restart no film of before can be read: CXR_SECRET_FILE names one")
        seconds = settings.redis_timeout_s
        store = Store.at(self._redis_url, vault, seconds, settings.assessment_ttl_s, settings.memory_bytes)
        async with (
            self._closing_traces(),
            self._keeping_audit() as trail,
            contextlib.aclosing(store),
            Feed.at(self._redis_url, seconds, metrics) as feed,
            Listener.at(settings.listener, settings.token_file, settings.public_url, settings.listener_ca) as listener,
            Fleet.connect(self._plan, settings.releases, self._channels, metrics) as fleet,
            numbers.connect(self._numbers, settings.problem_files, self._channels, metrics) as measuring,
            self._assessing(store, feed, fleet, measuring, trail) as (assessor, measurer, forgetter),
            warming(fleet),
            History.of(metrics.registry) as history,
        ):
            waits = settings.queue_s, max(settings.queue_s, settings.deadline_s / 2)
            admission = Admission(settings.max_in_flight, *waits, metrics, fleet.room)
            buffers = Buffers(settings.max_buffered_bytes, metrics)
            known = settings, metrics, fleet, store, feed, listener
            yield Gateway(*known, assessor, measurer, forgetter, admission, buffers, trail, history, self.stopping)

    @contextlib.asynccontextmanager
    async def _assessing(
        self, store: Store, feed: Feed, fleet: Fleet, measuring: Mapping[str, Fleet], trail: Trail
    ) -> AsyncIterator[tuple[Assessor, Measurer, Forgetter]]:
        settings, metrics, vault, deadline_s = self._settings, self.metrics, self._vault, self._settings.deadline_s
        async with (
            Pairs.at(settings.pairs, vault) as pairs,
            contextlib.aclosing(Shadow(metrics, pairs, deadline_s)) as shadow,
            contextlib.aclosing(Threads("decoder", settings.decoding_bytes)) as decoding,
            contextlib.aclosing(Threads("sampler")) as sampling,
        ):
            decoder = Decoder(settings.max_pixels, decoding, settings.assessment_ttl_s)
            known = fleet, store, feed, vault, metrics, shadow, trail
            async with contextlib.aclosing(Assessor(*known, decoder, sampling, deadline_s)) as assessor:
                measurer = Measurer(measuring, store, vault, metrics, shadow, trail, decoder, sampling, feed)
                yield assessor, measurer, Forgetter(store, feed, decoder, pairs)

    @contextlib.asynccontextmanager
    async def _keeping_audit(self) -> AsyncIterator[Trail]:
        """What is left to be written is written at the end, beside the event loop."""
        keeper = keeping(self._settings, AUDITED, self._journal)
        trail = await asyncio.to_thread(keeper.__enter__)
        try:
            yield trail
        finally:
            await asyncio.to_thread(keeper.__exit__, None, None, None)

    @contextlib.asynccontextmanager
    async def _closing_traces(self) -> AsyncIterator[None]:
        """Spans that are left are sent at the end."""
        yield
        if self.traced:
            await asyncio.to_thread(tracing.close, self.traced)


def _references(settings: Settings, answered: Collection[str]) -> dict[str, Reference]:
    """Problem to what its films were like in training, of those that are answered here."""
    files = {CHEST.name: settings.reference, **settings.problem_reference_files}
    return {name: Reference.read(file) for name, file in files.items() if file and name in answered}


@contextlib.asynccontextmanager
async def warming(fleet: Fleet) -> AsyncIterator[None]:
    """The codecs' process starts when the stages are up: while they start, they want the processors.

    A compressed film that comes before starts it, and waits for that.
    """

    async def warm() -> None:
        while not await fleet.serving.ready(WARM_S):
            continue
        await asyncio.sleep(AFTER_S)
        codec.warm()

    task = asyncio.create_task(warm())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _plan(settings: Settings) -> Plan:
    if settings.releases:
        return Plan.read(settings.releases)
    return Plan.single({name: getattr(settings, name) for name in STAGES})

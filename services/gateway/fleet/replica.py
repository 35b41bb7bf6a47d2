"""One TorchServe of a stage: whether its worker is up, and calls to it."""

import asyncio
import contextlib
import time
from collections.abc import Callable

import grpc
import structlog

from cxr import wire
from cxr.errors import StageError
from cxr.tracing import HEADER
from gateway.errors import StageUnavailableError
from gateway.fleet.breaker import Breaker
from gateway.fleet.limit import Limit
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from gateway.fleet.torchserve import stage_error
from gateway.tracing import traceparent

log = structlog.get_logger()

CALL_LIMIT_S = 60.0
"""After which even a call that nobody waits for is given up. Twice TorchServe's responseTimeout."""

PROBE_S = 2.0
"""How often a worker is asked who it is, and how long it may take. A worker that is busy takes as long as two films."""

SILENT_S = 5.0
"""After which a question that was not answered is asked over a new connection: the old one may lead nowhere."""


class ReplicaLostError(StageUnavailableError):
    """This replica does not answer; another may."""


class Replica:
    """At host:port; one for all releases that use it."""

    def __init__(self, stage: str, address: str, connect: Callable[[], grpc.aio.Channel]) -> None:
        self.stage, self.address = stage, address
        self.description: wire.Description | None = None
        """Who it is; None while it is down."""
        self.down_since = time.monotonic()
        """When it was last up, or made."""
        self.in_flight = 0
        """Calls that were sent and have not ended, whether anybody waits for them or not."""
        self.limit = Limit()
        self.breaker = Breaker()
        self.changed: Callable[[], None] = lambda: None
        """Called when it has come up, gone down, or has room again."""
        self.opened: Callable[[], None] = lambda: None
        """Called when its breaker opens."""
        self._reason = ""
        self._nap: asyncio.Timeout | None = None
        self._connect = connect
        self._channel = connect()
        self._calls: dict[asyncio.Future[wire.Reply], Callable[[], bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def up(self) -> bool:
        """Whether its worker said, not long ago, who it is."""
        return self.description is not None

    @property
    def has_room(self) -> bool:
        """Whether it is up and may be sent one call more; a single one while its breaker is half open."""
        return self.up and self.in_flight < (1 if self.breaker.on_trial else int(self.limit))

    async def ask(self, data: bytes, elsewhere: Callable[[], bool]) -> wire.Reply:
        """One call, which goes on when its caller does not: cancelled calls have hung TorchServe's workers.

        Args:
            data: an encoded request; in_flight counts it already.
            elsewhere: whether another replica could answer it, if this one hangs.

        Raises:
            ReplicaLostError: this replica did not answer.
            StageError: it answered, but not with what was asked.

        Source:
            pytorch/serve issues 1888, 2321, 3087 and 3168.
        """
        outcome: asyncio.Future[wire.Reply] = asyncio.get_running_loop().create_future()
        self._calls[outcome] = elsewhere
        task = asyncio.create_task(self._call(data, outcome))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await outcome
        except asyncio.CancelledError:  # the time is up
            self._failed()
            raise

    async def watch(self) -> None:
        """Ask its worker who it is, again and again, and at once when the connection was lost. Until cancelled."""
        while True:
            await asyncio.sleep(self.breaker.wait_s)
            await self._probe()
            await self._pause()

    async def close(self) -> None:
        """Let its calls end, and then the connection."""
        self.description = None
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._channel.close()

    async def _call(self, data: bytes, outcome: "asyncio.Future[wire.Reply]") -> None:
        started, sent = time.perf_counter(), self.in_flight
        try:
            reply = await self._predict(self._channel, data)
        except StageUnavailableError as error:
            self._down(error.reason)
            self._failed()
            _settle(outcome, ReplicaLostError(self.stage, error.reason))
        except StageError as error:
            self._failed()
            _settle(outcome, error)
        else:
            self.breaker.succeeded()
            self.limit.answered(time.perf_counter() - started, reply.predict_ms / 1000, sent)
            if self.description and self.description.digest != reply.digest:
                self._down("another archive took its place")
            if not outcome.done():
                outcome.set_result(reply)
        finally:
            self._calls.pop(outcome, None)
            self.in_flight -= 1
            self.changed()

    async def _predict(self, channel: grpc.aio.Channel, data: bytes) -> wire.Reply:
        asked = {"data": data}
        if parent := traceparent():
            asked[HEADER] = parent.encode()
        request = PredictionsRequest(model_name=self.stage, input=asked)
        try:
            response = await InferenceAPIsServiceStub(channel).Predictions(request, timeout=CALL_LIMIT_S)
        except grpc.aio.AioRpcError as error:
            raise stage_error(self.stage, error.code(), error.details() or "") from error
        return wire.decode_reply(self.stage, response.prediction)

    async def _probe(self) -> None:
        channel = self._channel
        probe = asyncio.create_task(self._describe(channel))
        for patience_s in (PROBE_S, SILENT_S - PROBE_S):
            if (await asyncio.wait({probe}, timeout=patience_s))[0]:
                break
            self._hang()
        if not probe.done():
            self._reconnect(probe)
            return
        described = probe.result()
        if isinstance(described, str):
            self._down(described)
        elif self.breaker.wait_s:
            self._down("its breaker is open")
        elif described != self.description:
            self.description, self._reason = described, ""
            said = {"version": described.version, "digest": described.digest}
            log.info("replica up", stage=self.stage, address=self.address, **said)
            self.changed()

    async def _describe(self, channel: grpc.aio.Channel) -> wire.Description | str:
        """Who its worker says it is, or why it does not."""
        try:
            reply = await self._predict(channel, wire.encode_request(None, ""))
        except StageError as error:
            return error.reason
        return reply.answer if isinstance(reply.answer, wire.Description) else "answers something else than was asked"

    async def _pause(self) -> None:
        """Until the next question: later where it is up, and at once where its connection changes."""
        state = self._channel.get_state(try_to_connect=True)
        if state is not grpc.ChannelConnectivity.READY:
            self._down("its connection is lost")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROBE_S if self.up else PROBE_S / 4) as self._nap:
                await self._channel.wait_for_state_change(state)
        self._nap = None

    def _hang(self) -> None:
        """It is silent: calls that another replica can answer are let go."""
        self._down("it does not answer")
        for outcome, elsewhere in list(self._calls.items()):
            if elsewhere():
                _settle(outcome, ReplicaLostError(self.stage, "hangs"))

    def _reconnect(self, probe: "asyncio.Task[wire.Description | str]") -> None:
        """The old connection is closed when what was asked over it has ended; nobody waits for that any more."""
        old, waiting = self._channel, {probe, *self._tasks}

        async def retire() -> None:
            await asyncio.wait(waiting)
            await old.close()

        for outcome in list(self._calls):
            _settle(outcome, ReplicaLostError(self.stage, "is silent"))
        self._channel = self._connect()
        task = asyncio.create_task(retire())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _down(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            log.warning("replica down", stage=self.stage, address=self.address, reason=reason)
        if self.up:
            self.description, self.down_since = None, time.monotonic()
            if self._nap and not self._nap.expired():
                self._nap.reschedule(0)  # and asked at once whether it is up again
            self.changed()

    def _failed(self) -> None:
        if self.breaker.failed():
            self._down("films fail in a row")
            self.opened()


def _settle(outcome: "asyncio.Future[wire.Reply]", error: StageError) -> None:
    """Tell who waits, unless nobody does any more."""
    if not outcome.done():
        outcome.set_exception(error)

"""gRPC client of the model stages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

import grpc
import stamina

from cxr import wire
from cxr.errors import StageError, StageFailedError, StageTimeoutError, StageUnavailableError
from cxr.pb.torchserve_pb2 import PredictionsRequest
from cxr.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from cxr.radiograph import Pixels
from gateway.metrics import Metrics
from gateway.torchserve import stage_error

NAMES = ("discriminator", "segmenter", "classifier")

CALL_LIMIT_S = 60.0
"""After which even a call that nobody waits for is given up. Twice TorchServe's responseTimeout."""

REFRESH_S = 5.0
"""How long a stage may be taken for what it was when it last said so."""

MAX_LATE = 64
"""Calls of one stage whose callers have gone; beyond it the stage counts as down rather than be sent more."""

CHANNEL_OPTIONS = [
    ("grpc.lb_policy_name", "round_robin"),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]


class Stage:
    """One model stage; one channel for the process, safe to share between tasks."""

    def __init__(self, name: str, channel: grpc.aio.Channel, metrics: Metrics) -> None:
        self.name = name
        self._channel = channel
        self._stub = InferenceAPIsServiceStub(channel)
        self._metrics = metrics
        self._described: wire.Description | None = None
        self._losses = 0
        self._calls: set[asyncio.Task[bytes]] = set()

    async def description(self, timeout_s: float) -> wire.Description:
        """Who the stage is, asked again whenever its connection was lost, since it may come back as another version.

        Raises:
            StageError: the stage did not answer.
        """
        return self._described or await self.describe(timeout_s)

    async def describe(self, timeout_s: float) -> wire.Description:
        """Ask the stage's worker now who it is.

        Raises:
            StageError: the stage did not answer.
        """
        losses = self._losses
        answer, _ = await self.ask(None, "", timeout_s)
        if not isinstance(answer, wire.Description):
            raise StageFailedError(self.name, "answered something else than was asked")
        if losses == self._losses:  # else it may be gone already
            self._described = answer
        return answer

    def forget(self) -> None:
        """Ask who the stage is before it is asked anything else."""
        self._described = None
        self._losses += 1

    async def ask(self, pixels: Pixels | None, request_id: str, timeout_s: float) -> tuple[wire.Answer, str]:
        """The stage's answer to square pixels, or who it is, and the digest of the archive that answered.

        It is asked again where it was not up.

        Args:
            pixels: shape (side, side), or None.
            request_id: for the stage's log.
            timeout_s: for all tries together.

        Raises:
            StageError: the stage did not answer.
        """
        with self._metrics.stage(self.name):
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._tries(wire.encode_request(pixels, request_id))
            except TimeoutError as error:
                raise StageTimeoutError(self.name, "did not answer in time") from error

    async def _tries(self, data: bytes) -> tuple[wire.Answer, str]:
        async for attempt in stamina.retry_context(
            on=StageUnavailableError, attempts=3, timeout=None, wait_initial=0.1, wait_max=0.5, wait_jitter=0.1
        ):
            with attempt:
                return wire.decode_answer(self.name, await self._call(data))
        raise AssertionError("stamina returns or raises")

    async def _call(self, data: bytes) -> bytes:
        """One call, which goes on when its caller does not: cancelled calls have hung TorchServe's workers.

        Source:
            pytorch/serve issues 1888, 2321, 3087 and 3168.
        """
        if len(self._calls) >= MAX_LATE:
            raise StageUnavailableError(self.name, f"{MAX_LATE} calls are still unanswered")
        call = asyncio.create_task(self._predict(data))
        self._calls.add(call)
        call.add_done_callback(self._ended)
        return await asyncio.shield(call)

    def _ended(self, call: asyncio.Task[bytes]) -> None:
        self._calls.discard(call)
        if not call.cancelled():
            call.exception()  # seen, so that asyncio does not report an answer that came too late

    async def _predict(self, data: bytes) -> bytes:
        request = PredictionsRequest(model_name=self.name, input={"data": data})
        try:
            response = await self._stub.Predictions(request, timeout=CALL_LIMIT_S)
        except grpc.aio.AioRpcError as error:
            raise stage_error(self.name, error.code(), error.details() or "") from error
        return bytes(response.prediction)

    async def watch(self) -> None:
        """Forget who the stage is whenever its connection is lost, and ask again every REFRESH_S.

        Behind a load balancer, or where a connection is lost and made in one moment, a new version comes unseen.
        Runs until it is cancelled.
        """
        while True:
            state = self._channel.get_state(try_to_connect=True)
            if state is not grpc.ChannelConnectivity.READY:
                self.forget()
            try:
                async with asyncio.timeout(REFRESH_S):
                    await self._channel.wait_for_state_change(state)
            except TimeoutError:
                with contextlib.suppress(StageError):
                    await self.describe(REFRESH_S)


class Stages:
    """The three stages."""

    def __init__(self, discriminator: Stage, segmenter: Stage, classifier: Stage) -> None:
        self.discriminator = discriminator
        self.segmenter = segmenter
        self.classifier = classifier

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, addresses: dict[str, str], metrics: Metrics) -> AsyncIterator[Self]:
        """Stages at host:port addresses; connections are made, lost and made again in the background."""
        async with contextlib.AsyncExitStack() as stack:
            stages = []
            for name in NAMES:
                channel = grpc.aio.insecure_channel(addresses[name], options=CHANNEL_OPTIONS)
                stages.append(Stage(name, await stack.enter_async_context(channel), metrics))
            watchers = [asyncio.create_task(stage.watch()) for stage in stages]
            try:
                yield cls(*stages)
            finally:
                for watcher in watchers:
                    watcher.cancel()
                await asyncio.gather(*watchers, return_exceptions=True)

    def all(self) -> tuple[Stage, Stage, Stage]:
        """In the order of asking."""
        return self.discriminator, self.segmenter, self.classifier

    async def descriptions(self, timeout_s: float) -> dict[str, wire.Description]:
        """Stage name to who it is.

        Raises:
            StageError: one of them did not answer.
        """
        found = await asyncio.gather(*(stage.description(timeout_s) for stage in self.all()))
        return dict(zip(NAMES, found, strict=True))

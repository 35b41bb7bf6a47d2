"""What unit tests talk to instead of TorchServe: a real gRPC server whose three models answer as a test says."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
import numpy as np

from cxr import wire
from cxr.radiograph import Pixels
from gateway.fleet.pb import torchserve_pb2 as pb
from gateway.fleet.pb.torchserve_pb2_grpc import (
    InferenceAPIsServiceServicer,
    add_InferenceAPIsServiceServicer_to_server,
)

SIDES = {"discriminator": 32, "segmenter": 64, "classifier": 48}
CLASSES = {"interstitial_pneumonia": 0.7, "other_pathology": 0.2, "no_pathology": 0.1}


def two_lungs(side: int) -> Pixels:
    """A mask with a lung on either side."""
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : 3 * side // 4, side // 8 : 3 * side // 8] = 1
    mask[side // 4 : 3 * side // 4, 5 * side // 8 : 7 * side // 8] = 1
    return mask


def two_fields(side: int) -> Pixels:
    """The same without a quarter of it at the bottom."""
    mask = two_lungs(side)
    mask[5 * side // 8 :] = 0
    return mask


def default_answers() -> dict[str, wire.Answer]:
    """A frontal film with two lungs and interstitial pneumonia in the left upper corner of the crop."""
    heat = np.zeros((3, 3), np.float32)
    heat[0, 0] = 2.0
    return {
        "discriminator": wire.Discrimination(0.9, frontal=0.8, upright=0.95, positive=0.99, nearness=-0.5),
        "segmenter": wire.Lungs(two_lungs(SIDES["segmenter"]), quality=0.9, fields=two_fields(SIDES["segmenter"])),
        "classifier": wire.Classification(CLASSES, {}, dict.fromkeys(CLASSES, heat)),
    }


@dataclasses.dataclass
class Fault(Exception):
    """Makes the fake end a call as TorchServe would."""

    code: grpc.StatusCode
    details: str


class FakeTorchServe(InferenceAPIsServiceServicer):
    """All three models on one port. Tests change answers, digests and before while it runs."""

    def __init__(self) -> None:
        self.answers: dict[str, wire.Answer | bytes] = dict(default_answers())
        self.digests = dict.fromkeys(SIDES, "first")
        self.population = self.region = ""
        self.operating_points: dict[str, float] = {"interstitial_pneumonia": 0.26, "other_pathology": 0.17}
        """Of the classifier; an older archive has none."""
        self.declared: dict[str, wire.Declared] = {}
        """The same: findings of a hospital's own."""
        self.asked: list[str] = []
        """Names of the models that were sent pixels, in order."""
        self.request_ids: list[str] = []
        self.requests: list[bytes] = []
        """All that came over the wire."""
        self.sent: dict[str, Pixels] = {}
        self.before: Callable[[str], Awaitable[None]] | None = None
        """Awaited before each answer to pixels; it may raise Fault or wait."""
        self.paused: Callable[[], Awaitable[object]] | None = None
        """Awaited before it answers anything, who it is too."""
        self.address = ""
        self.server: grpc.aio.Server | None = None

    async def Predictions(self, request: pb.PredictionsRequest, context: grpc.aio.ServicerContext) -> object:
        """TorchServe's RPC."""
        name = request.model_name
        self.requests.append(request.SerializeToString())
        if self.paused:
            await self.paused()
        request_id, pixels = wire.decode_request(request.input["data"])
        if pixels is None:
            who = wire.Description(name, "1.0.0", self.digests[name], SIDES[name], self.population, self.region)
            if name == "classifier":
                who = dataclasses.replace(who, operating_points=self.operating_points, declared=self.declared)
            return pb.PredictionResponse(prediction=wire.encode_answer(who, who.digest))
        self.asked.append(name)
        self.request_ids.append(request_id)
        self.sent[name] = pixels
        try:
            if self.before:
                await self.before(name)
        except Fault as fault:
            await context.abort(fault.code, fault.details)
        answer = self.answers[name]
        data = answer if isinstance(answer, bytes) else wire.encode_answer(answer, self.digests[name])
        return pb.PredictionResponse(prediction=data)

    def refuse(self, reason: str) -> None:
        """Make the discriminator refuse."""
        seen = self.answers["discriminator"]
        assert isinstance(seen, wire.Discrimination)
        self.answers["discriminator"] = dataclasses.replace(seen, refusal=reason)


@contextlib.asynccontextmanager
async def serving(torchserve: FakeTorchServe, port: int = 0) -> AsyncIterator[str]:
    """The fake on a loopback port; its host:port."""
    server = grpc.aio.server()
    add_InferenceAPIsServiceServicer_to_server(torchserve, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    torchserve.server, torchserve.address = server, f"127.0.0.1:{port}"
    try:
        yield torchserve.address
    finally:
        await server.stop(0)

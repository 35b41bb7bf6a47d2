"""TorchServe's tokens, which expire after an hour: they are switched off, and what happens where they are not."""

import time

import grpc

from cxr import wire
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from local.ports import Ports
from local.stack import Stack
from tests.trials.drill.fault import Fault, SkippedError
from tests.trials.drill.site import Site

STAGE = "segmenter"
HOLD_S = 8.0
"""Longer than films wait for a stage that has just gone."""
UP_WITHIN_S = 60
ON = {"TS_DISABLE_TOKEN_AUTHORIZATION": "false"}


class TokensWanted(Fault):
    """A stage asks for a token, as if one had expired: films get 429 or 503, and nothing looks normal."""

    name = "TorchServe wants a token"
    hold_s = HOLD_S

    def prepare(self, site: Site) -> None:
        """Start such a segmenter beside the other."""
        ours = site.stages
        self._other = Stack(ours.places.run.parent / "tokens", Ports.free(), ours.archives, ON, (STAGE,))
        self._other.up()
        end = time.monotonic() + UP_WITHIN_S
        while self._code() is not grpc.StatusCode.PERMISSION_DENIED:
            if time.monotonic() > end:
                self._other.down()
                raise SkippedError("TorchServe does not ask for a token where it should")
            time.sleep(0.3)

    def inject(self, site: Site) -> None:
        """It takes the other's place."""
        self._lead(site, self._other)

    def mend(self, site: Site) -> None:
        """The other one is back."""
        self._lead(site, site.stages)

    def check(self, site: Site) -> list[str]:
        """End it, which takes a while."""
        self._other.down()
        return []

    def _lead(self, site: Site, stack: Stack) -> None:
        proxy = site.proxy(STAGE)
        proxy.to = stack.ports.stages[STAGE].grpc
        proxy.hang_up()

    def _code(self) -> grpc.StatusCode | None:
        """What it answers to a question without a token."""
        request = PredictionsRequest(model_name=STAGE, input={"data": wire.encode_request(None, "drill")})
        with grpc.insecure_channel(self._other.target(STAGE)) as channel:
            try:
                InferenceAPIsServiceStub(channel).Predictions(request, timeout=2)
            except grpc.RpcError as error:
                return error.code()
        return None

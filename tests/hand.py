"""The bone-age stage, as unit tests ask it: a real gRPC server that answers as a test says."""

import numpy as np

from cxr import wire
from gateway.fleet.pb import torchserve_pb2 as pb
from tests.fakes import FakeTorchServe

SIDE = 40

HEATS = {group: np.ones((2, 2), np.float32) for group in ("", "F", "M")}
ESTIMATES = {
    "": wire.Estimate(120.0, 90.0, 150.0),
    "F": wire.Estimate(126.04, 100.0, 152.0),
    "M": wire.Estimate(114.0, 88.0, 140.0),
}


class Hand(FakeTorchServe):
    """The bone-age stage alone."""

    def __init__(self) -> None:
        super().__init__()
        self.digest = "first"
        self.heats = dict(HEATS)
        self.answer = wire.Measurement(ESTIMATES, self.heats, 0.9, -0.25)

    async def Predictions(self, request, context):
        _, pixels = wire.decode_request(request.input["data"])
        who = wire.Description(request.model_name, "1.0.0", self.digest, SIDE)
        if pixels is not None:
            self.asked.append(request.model_name)
            self.requests.append(request.SerializeToString())
            self.sent[request.model_name] = pixels
        return pb.PredictionResponse(prediction=wire.encode_answer(who if pixels is None else self.answer, self.digest))

"""What TorchServe itself costs: the round trip of a request through a handler that does nothing."""

import time
from pathlib import Path

import grpc

from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from local import seals
from local.empty_archive import NAME, PAYLOAD_BYTES, empty_archive
from local.ports import Ports
from local.stack import Stack
from tests.stacks import ready
from tests.trials.bench.figures import Spread

WARM_UP = 500


def round_trips(folder: Path, count: int) -> Spread:
    """Milliseconds of one call after another, over gRPC, of a TorchServe that is started for it.

    Args:
        folder: for its archive and its run.
        count: how many calls, after a warm-up.
    """
    stack = Stack(folder / "run", Ports.free(), _signed(folder), processes=(NAME,))
    with ready(stack, 60), grpc.insecure_channel(stack.target(NAME)) as channel:
        return Spread.of(_timed(InferenceAPIsServiceStub(channel), count))


def _timed(stub: InferenceAPIsServiceStub, count: int) -> list[float]:
    request = PredictionsRequest(model_name=NAME, input={"data": bytes(PAYLOAD_BYTES)})
    taken = []
    for _ in range(WARM_UP + count):
        started = time.perf_counter()
        stub.Predictions(request, timeout=10)
        taken.append(1000 * (time.perf_counter() - started))
    return taken[WARM_UP:]


def _signed(folder: Path) -> Path:
    """The folder with the empty archive, signed as every archive that the stack starts."""
    seals.sign(empty_archive(folder), "", seals.machine_key())
    return folder

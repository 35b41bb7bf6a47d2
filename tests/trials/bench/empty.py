"""What TorchServe itself costs: the round trip of a request through a handler that does nothing."""

import time
from pathlib import Path

import grpc
from model_archiver import ModelArchiver, ModelArchiverConfig

from cxr import wire
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from local.ports import Ports
from local.stack import Stack
from tests.trials.bench.figures import Spread

STAGE = "classifier"
"""Whose place the empty handler takes, in a stack of nothing else."""

PAYLOAD_BYTES = 224 * 224
"""Of a request. Source: the classifier's."""

WARM_UP = 500

HANDLER = '''\
class EmptyHandler:
    """Answers at once, and always the same."""

    def initialize(self, context):
        pass

    def handle(self, data, context):
        return [{reply!r} for _ in data]
'''

CONFIG = "{minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 1, responseTimeout: 30}\n"


def round_trips(folder: Path, count: int) -> Spread:
    """Milliseconds of one call after another, over gRPC, of a TorchServe that is started for it.

    Args:
        folder: for its archive and its run.
        count: how many calls, after a warm-up.
    """
    stack = Stack(folder / "run", Ports.free(), _archive(folder), processes=(STAGE,))
    try:
        stack.up()
        stack.wait_ready(60)
        with grpc.insecure_channel(stack.target(STAGE)) as channel:
            return Spread.of(_timed(InferenceAPIsServiceStub(channel), count))
    finally:
        stack.down()


def _timed(stub: InferenceAPIsServiceStub, count: int) -> list[float]:
    request = PredictionsRequest(model_name=STAGE, input={"data": bytes(PAYLOAD_BYTES)})
    taken = []
    for _ in range(WARM_UP + count):
        started = time.perf_counter()
        stub.Predictions(request, timeout=10)
        taken.append(1000 * (time.perf_counter() - started))
    return taken[WARM_UP:]


def _archive(folder: Path) -> Path:
    """An archive whose handler's one reply is a description, so that the stack can tell when it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    handler, config = folder / "empty.py", folder / "model-config.yaml"
    reply = wire.encode_answer(wire.Description(STAGE, "empty", "", 0), digest="")
    handler.write_text(HANDLER.format(reply=reply))
    config.write_text(CONFIG)
    ModelArchiver.generate_model_archive(
        ModelArchiverConfig(
            model_name=STAGE,
            version="0",
            handler=str(handler),
            config_file=str(config),
            export_path=str(folder),
            force=True,
        )
    )
    return folder

"""One stage's TorchServe with a batch size and delay, asked over gRPC by callers that never pause."""

import re
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np

from cxr import wire
from cxr.errors import CxrError
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from local.ports import Ports
from local.seals import machine_key, sign
from local.stack import Stack
from tests.stacks import ready
from tests.trials.bench import usage
from tests.trials.bench.errors import MeasurementError

READY_TIMEOUT_S = 120
CALL_S = 60
"""How long a call may take. Source: more than sixteen callers' films on the slowest stage."""

WARM_CALLERS = 4
CONFIG = "model-config.yaml"


@dataclass(frozen=True)
class Setup:
    """What TorchServe is told: a batch is full at size films, or when its first has waited for delay_ms."""

    size: int
    delay_ms: int


@dataclass(frozen=True)
class Served:
    """What so many callers saw."""

    callers: int
    per_s: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    """Processor time of the whole TorchServe, a film: what others do on the machine changes it little."""


def measure(
    stage: str, side: int, archives: Path, folder: Path, setup: Setup, callers: tuple[int, ...], seconds: float
) -> list[Served]:
    """Start the stage with that setup, warm it, and let so many callers ask it, one number after the other.

    Args:
        stage: its name.
        side: pixels of the square that it wants.
        archives: folder of the archives as they are built.
        folder: for the changed archive and for TorchServe's run.
        setup: instead of the archive's own.
        callers: numbers of callers.
        seconds: of each.
    """
    changed = folder / "archives"
    changed.mkdir(parents=True, exist_ok=True)
    rewrite(archives / f"{stage}.mar", changed / f"{stage}.mar", setup)
    sign(changed / f"{stage}.mar", sources="", key=machine_key())
    pixels = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    request = PredictionsRequest(model_name=stage, input={"data": wire.encode_request(pixels, "bench")})
    stack = Stack(folder / "run", Ports.free(), changed, processes=(stage,))
    stack.check_down()
    with ready(stack, READY_TIMEOUT_S), grpc.insecure_channel(stack.target(stage)) as channel:
        stub = InferenceAPIsServiceStub(channel)
        ask = Asking(stub, stage, request, stack.places.run)
        ask.by(WARM_CALLERS, seconds)
        return [ask.by(count, seconds) for count in callers]


def rewrite(archive: Path, out: Path, setup: Setup) -> None:
    """Copy an archive with another batch size and delay.

    Raises:
        MeasurementError: it has no such lines.
    """
    wanted = {"batchSize": setup.size, "maxBatchDelay": setup.delay_ms}
    with zipfile.ZipFile(archive) as packed, zipfile.ZipFile(out, "w") as changed:
        for entry in packed.infolist():
            content = packed.read(entry)
            if entry.filename == CONFIG:
                text = content.decode()
                for key, value in wanted.items():
                    text, found = re.subn(rf"(?m)^{key}: *\d+", f"{key}: {value}", text)
                    if found != 1:
                        raise MeasurementError(f"{archive}: {found} lines of {key} in {CONFIG} instead of one")
                content = text.encode()
            changed.writestr(entry, content)


@dataclass(frozen=True)
class Asking:
    """One stage, and what it is asked."""

    stub: InferenceAPIsServiceStub
    stage: str
    request: PredictionsRequest
    run: Path

    def by(self, callers: int, seconds: float) -> Served:
        """What so many callers see in that time."""
        before, started = self._cpu_s(), time.perf_counter()
        calls: list[Call] = []
        threads = [threading.Thread(target=self._call, args=(started + seconds, calls)) for _ in range(callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answered = [call for call in calls if call.failure is None]
        if len(answered) < len(calls):
            raise MeasurementError(
                f"{self.stage} did not answer: {next(call.failure for call in calls if call.failure)}"
            )
        p50, p95 = (float(value) for value in np.percentile([call.taken_ms for call in answered], (50, 95)))
        in_time = sum(call.ended <= started + seconds for call in answered)
        return Served(callers, in_time / seconds, p50, p95, 1000 * (self._cpu_s() - before) / len(answered))

    def _call(self, until: float, calls: "list[Call]") -> None:
        while (begun := time.perf_counter()) < until:
            try:
                wire.decode_reply(self.stage, self.stub.Predictions(self.request, timeout=CALL_S).prediction)
            except (grpc.RpcError, CxrError) as error:
                calls.append(Call(0.0, begun, error))
                return
            ended = time.perf_counter()
            calls.append(Call(1000 * (ended - begun), ended))

    def _cpu_s(self) -> float:
        return usage.cpu_s(self.run)[self.stage]


@dataclass(frozen=True)
class Call:
    """One of them."""

    taken_ms: float
    ended: float
    failure: Exception | None = None

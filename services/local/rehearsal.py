"""One start of TorchServe with nothing to do but to show Java what a stage will need: see local/java_cache.py."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import grpc
import psutil

from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from gateway.fleet.pb.torchserve_pb2_grpc import InferenceAPIsServiceStub
from local import java_cache
from local.empty_archive import NAME, PAYLOAD_BYTES, empty_archive
from local.errors import RehearsalError
from local.ports import LOOPBACK, StagePorts, any_free

CALLS = 1000
"""After which more made the cache no better: what is called often enough to be compiled is known."""
START_S, END_S = 60, 120
"""At most, on a busy machine: some 4 and 10 on an idle one."""


def rehearse(java_home: Path, cache: Path) -> None:
    """Make the cache.

    Raises:
        RehearsalError: TorchServe did not start, did not answer, or left no cache.
        OSError: there is no room.
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cxr-rehearsal-") as folder:
        made = Path(folder) / "made.aot"
        _perform(Path(folder), java_home, made)
        if not made.exists():
            raise RehearsalError("Java wrote no cache.")
        beside = cache.with_suffix(".part")
        beside.write_bytes(made.read_bytes())
        beside.replace(cache)
    for other in cache.parent.glob("*.aot"):
        if other != cache:
            other.unlink()  # of a Java or a TorchServe that is gone


def _perform(folder: Path, java_home: Path, made: Path) -> None:
    """TorchServe from its start to its end."""
    empty_archive(folder)
    (folder / "work").mkdir()  # empty, or Java keeps nothing: it is on TorchServe's class path
    listens = StagePorts(*any_free(3))
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            _command(folder), cwd=folder / "work", env=_environment(folder, java_home, listens, made),
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            _call(server, f"{LOOPBACK}:{listens.grpc}")
            for java in psutil.Process(server.pid).children():
                java.terminate()
            server.wait(END_S)
        except (grpc.RpcError, psutil.Error, subprocess.TimeoutExpired) as error:
            raise RehearsalError(f"TorchServe did not do as it should: {type(error).__name__}.") from error
        finally:
            _end(server)


def _command(folder: Path) -> list[str | Path]:
    start = "from ts.model_server import start; start()"
    settings = java_cache.CONFIG.parent
    return [
        *(sys.executable, "-c", start, "--start", "--foreground", "--ncs", "--model-store", folder),
        *("--ts-config", java_cache.CONFIG, "--log-config", settings / "log4j2.xml"),
    ]


def _environment(folder: Path, java_home: Path, listens: StagePorts, made: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TS_")}
    return inherited | {
        "JAVA_HOME": str(java_home),
        java_cache.VARIABLE: java_cache.recording(made),
        **dict.fromkeys(("TEMP", "TMPDIR", "LOG_LOCATION", "METRICS_LOCATION"), str(folder)),
        "TS_LOAD_MODELS": f"{NAME}.mar",
        "TS_GRPC_INFERENCE_PORT": str(listens.grpc),
        "TS_INFERENCE_ADDRESS": f"http://{LOOPBACK}:{listens.http}",
        "TS_METRICS_ADDRESS": f"http://{LOOPBACK}:{listens.metrics}",
    }


def _call(server: subprocess.Popen[bytes], target: str) -> None:
    """As a gateway does, one call after another; the first ones come before TorchServe listens.

    Raises:
        grpc.RpcError: it did not answer in time, or ended.
    """
    request = PredictionsRequest(model_name=NAME, input={"data": bytes(PAYLOAD_BYTES)})
    until = time.monotonic() + START_S
    with grpc.insecure_channel(target) as channel:
        stub = InferenceAPIsServiceStub(channel)
        answered = 0
        while answered < CALLS:
            try:
                stub.Predictions(request, timeout=10)
                answered += 1
            except grpc.RpcError:
                if answered or server.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.2)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, however it went."""
    try:
        started = psutil.Process(server.pid)
        below = [*started.children(recursive=True), started]
    except psutil.NoSuchProcess:
        return
    for process in below:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    server.wait(10)

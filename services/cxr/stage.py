"""What the handlers share: a TorchServe handler in which a bad radiograph fails alone, not with its batch.

TorchServe needs only initialize and handle, so nothing here imports ts, and a handler runs in a plain pytest process.

One setting belongs to the machine and not to the model, and is read from the environment: CXR_STAGE_THREADS, the CPU
threads for one call, instead of the model's own.
"""

import hashlib
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import structlog
from numpy.typing import NDArray

from cxr import importing, logs, runtime, tracing, wire
from cxr.errors import InputError, MalformedError
from cxr.radiograph import Pixels

log = structlog.get_logger()

SEAL = ("MAR-INF/SEAL.json", "MAR-INF/SEAL.json.sig")
"""What was signed, and by whom: what runs is the same, whoever signed it. Source: certificates.seal."""

CACHES = "__pycache__"
"""What Python adds to an archive that it runs: in a signed one there was none. TorchServe itself adds nothing."""


class StageHandler(ABC):
    """One stage of the cascade, as TorchServe's worker sees it."""

    name: ClassVar[str]
    """The stage's name: that of the archive too."""

    def initialize(self, context: Any) -> None:
        """Called once by the worker; an error here stops the worker, as it should."""
        importing.end()
        logs.configure(f"stage.{self.name}", libraries="WARNING")  # TorchServe's worker has two lines for every call
        folder = Path(context.system_properties["model_dir"])
        self.config: dict[str, Any] = context.model_yaml_config["stage"]
        gpu = context.system_properties.get("gpu_id")
        made_from = source(self.name, folder, self.config)
        self.network = self._network(made_from, gpu)  # which may convert it first
        self.description = describe(self.name, folder, self.config, runtime.precision(made_from, gpu))
        self.network(np.zeros((1, 1, self.description.side, self.description.side), np.uint8))  # the first call is slow
        traced = tracing.provider(f"cxr-{self.name}", self.description.version)
        self.inferences = tracing.Inferences(traced) if traced else None
        log.info("ready", version=self.description.version, digest=self.description.digest, gpu=gpu)

    def _network(self, made_from: runtime.Source, gpu: int | None) -> runtime.Network:
        if gpu is not None:
            return runtime.on_gpu(made_from, gpu)
        return runtime.on_cpu(made_from, int(os.environ.get("CXR_STAGE_THREADS") or self.config["threads"]))

    def handle(self, data: Sequence[dict[str, bytes]], context: Any) -> list[bytes]:
        """Answer a batch: one reply for each request, in the order of the requests."""
        replies: dict[int, bytes] = {}
        batch: dict[int, Pixels] = {}
        ids: dict[int, str] = {}
        parents = {index: bytes(request.get(tracing.HEADER, b"")).decode() for index, request in enumerate(data)}
        for index, request in enumerate(data):
            try:
                ids[index], pixels = wire.decode_request(bytes(request["data"]))
                if pixels is None:
                    replies[index] = self._encoded(self.description)
                else:
                    batch[index] = self._of_right_size(pixels)
            except InputError as error:
                log.warning("rejected", request_id=ids.get(index), code=error.code, reason=str(error))
                replies[index] = wire.encode_fault(error)
        if batch:
            replies |= zip(batch, self._answers(batch, ids, parents), strict=True)
        return [replies[index] for index in range(len(data))]

    def _of_right_size(self, pixels: Pixels) -> Pixels:
        if len(pixels) != self.description.side:
            raise MalformedError(f"a side of {len(pixels)} instead of {self.description.side} pixels")
        return pixels

    def _answers(self, batch: dict[int, Pixels], ids: dict[int, str], parents: dict[int, str]) -> list[bytes]:
        started = time.perf_counter()
        answers = self.predict(np.stack(list(batch.values()))[:, None])
        seconds = time.perf_counter() - started
        predict_ms = round(1000 * seconds, 1)
        for index in batch:
            trace = {"trace_id": found} if (found := tracing.trace_id(parents[index])) else {}
            log.info("answered", request_id=ids[index], batch=len(batch), predict_ms=predict_ms, **trace)
        if self.inferences:
            traced = ((parents[index], ids[index]) for index in batch if parents[index])
            self.inferences.add(traced, seconds, len(batch))
        return [self._encoded(answer, predict_ms) for answer in answers]

    def _encoded(self, answer: wire.Answer, predict_ms: float = 0.0) -> bytes:
        return wire.encode_answer(answer, self.description.digest, predict_ms)

    @abstractmethod
    def predict(self, pixels: NDArray[np.uint8]) -> Sequence[wire.Answer]:
        """One answer for each radiograph of (batch, 1, side, side), in order."""


def describe(name: str, folder: Path, config: dict[str, Any], precision: str = "") -> wire.Description:
    """Who the stage in an unpacked archive is; config is the stage section of its model-config.yaml."""
    return wire.Description(
        stage=name,
        version=config["version"],
        digest=digest(folder),
        side=config["side"],
        population=config.get("population", ""),
        region=config.get("region", ""),
        operating_points={each: float(point) for each, point in config.get("operating_points", {}).items()},
        declared={each: wire.Declared(**said) for each, said in config.get("declared_findings", {}).items()},
        precision=precision,
    )


def source(name: str, folder: Path, config: dict[str, Any]) -> runtime.Source:
    """What the network in an unpacked archive is made from."""
    outputs = len(config.get("classes", ())) + len(config.get("trained_findings", ()))
    body = {"body": config["body"]} if config.get("body") else {}
    numbers = config.get("numbers")
    gauge = (numbers["count"], len(config["groups"]), config["inner_side"]) if numbers else None
    return runtime.Source(name, folder / "weights.safetensors", config["side"], outputs, **body, gauge=gauge)


def digest(folder: Path) -> str:
    """SHA-256, as hex, of all that an unpacked archive runs, wherever it was packed and whoever signed it.

    That is every file: weights in both forms, configuration, code, and TorchServe's manifest, which names the handler.
    """
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if name.as_posix() not in SEAL and CACHES not in name.parts:
            total.update(f"{name.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()

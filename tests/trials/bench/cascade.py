"""The same three stages in this process: the gateway's use case and the handlers' code, without what lies between.

Nothing differs from the served cascade but the transport: the archives are the ones that TorchServe unpacks, and
gateway.cascade.assess asks stages that answer in the very call.
"""

import asyncio
import contextlib
import io
import os
import threading
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Self, cast

import structlog
import yaml

from cxr.radiograph import Pixels, Radiograph
from cxr.stage import StageHandler
from cxr.wire import Reply
from gateway.cascade import Ask, assess
from gateway.correction import correctable, corrected, correction
from gateway.deadline import Deadline
from gateway.fleet.stages import Stage, Stages
from gateway.settings import Settings
from handlers.classifier import ClassifierHandler
from handlers.discriminator import DiscriminatorHandler
from handlers.segmenter import SegmenterHandler
from imaging.file import File
from results.schema import Correction, Result
from tests.trials.bench.errors import MeasurementError

HANDLERS = (DiscriminatorHandler, SegmenterHandler, ClassifierHandler)
MAX_PIXELS: int = Settings.model_fields["max_pixels"].default
DEADLINE_S: float = Settings.model_fields["deadline_s"].default

_quiet = threading.Lock()


class LocalStage:
    """What gateway.fleet.stages.Stage is to the cascade, answered in the call itself."""

    def __init__(self, handler: StageHandler) -> None:
        self.name = handler.name
        self._handler = handler

    async def ask(self, pixels: Pixels, *_: object) -> Reply:
        """The stage's answer to square pixels."""
        return Reply(self._handler.predict(pixels[None, None])[0], self._handler.description.digest, 0.0)


class Cascade:
    """All three stages, loaded as a worker of TorchServe loads them. Not to be shared between threads."""

    def __init__(self, handlers: Sequence[StageHandler]) -> None:
        """Of handlers that are loaded, in the order of asking."""
        self.handlers = handlers
        self._stages = Stages("bench", [cast(Stage, LocalStage(handler)) for handler in self.handlers])
        self._described = {handler.name: handler.description for handler in self.handlers}
        self._loop = asyncio.new_event_loop()

    @classmethod
    def load(cls, unpacked: Path) -> Self:
        """From the archives that unpack laid there."""
        return cls([_load(handler, unpacked / handler.name) for handler in HANDLERS])

    def close(self) -> None:
        """Let go of its event loop."""
        self._loop.close()

    def corrected(self, film: Radiograph) -> tuple[Result, Correction | None]:
        """As a request with ?correct=true has it: what is said of a film, and how it was corrected before that."""
        ask = Ask("bench", Deadline(DEADLINE_S), self._described)
        result = self._loop.run_until_complete(assess(film, self._stages, ask))
        if not correctable(result.conclusion):
            return result, None
        found = self._loop.run_until_complete(correction(film, self._stages, ask))
        if found:
            result = self._loop.run_until_complete(assess(corrected(film, found), self._stages, ask))
        return result, found

    def assess(self, file: File) -> tuple[Result, dict[str, float]]:
        """One file, decoded and assessed; and how many milliseconds each step took."""
        ask = Ask("bench", Deadline(DEADLINE_S), self._described)
        started = time.perf_counter()
        radiograph, _ = file.read(MAX_PIXELS)
        decode = 1000 * (time.perf_counter() - started)
        result = self._loop.run_until_complete(assess(radiograph, self._stages, ask))
        return result, {"decode": decode, **ask.timings}

    def digests(self) -> dict[str, str]:
        """Stage name to the digest of its archive."""
        return {name: who.digest for name, who in self._described.items()}

    def threads(self) -> dict[str, int]:
        """Stage name to the CPU threads of one call: the archive's, unless the environment says otherwise."""
        instead = os.environ.get("CXR_STAGE_THREADS")
        return {handler.name: int(instead or handler.config["threads"]) for handler in self.handlers}


def unpack(archives: Path, folder: Path) -> Path:
    """Unpack the stages' archives into a folder each.

    Raises:
        MeasurementError: one is missing.
    """
    for handler in HANDLERS:
        archive = archives / f"{handler.name}.mar"
        if not archive.exists():
            raise MeasurementError(f"{archive} is missing: `make models` builds it")
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder / handler.name)
    return folder


def _load(kind: type[StageHandler], folder: Path) -> StageHandler:
    """A handler as TorchServe's worker would have it, but silent: it sets up its process's log, which is ours."""
    config = yaml.safe_load((folder / "model-config.yaml").read_text())
    properties = {"model_dir": str(folder), "gpu_id": None}
    handler = kind()
    with _quiet, contextlib.redirect_stdout(io.StringIO()):
        handler.initialize(SimpleNamespace(system_properties=properties, model_yaml_config=config))
        structlog.reset_defaults()
    return handler

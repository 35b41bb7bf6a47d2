"""docker-compose.yml of a checkout, up on an engine."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from client.token import Token
from tests.trials.containers.engine import Engine
from tests.trials.containers.errors import ContainersError
from vocabulary.stages import STAGES

SERVICES = ("gateway", "scp", "review", "redis", *STAGES)
GATEWAY, REVIEW = "http://127.0.0.1:8000", "http://127.0.0.1:8100"
DICOM_PORT = 11112
"""The file's defaults: a sandbox has every port for itself."""

AGAIN_WITHIN_S = 180
"""For a container that was killed, on a busy machine."""


@dataclass
class Compose:
    """The project in a checkout."""

    engine: Engine
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside the engine's: where its builds find packages."""

    def __call__(self, *words: str | Path) -> str:
        """What a `docker compose` command printed."""
        return self.engine.docker("compose", *words, cwd=self.folder, **self.environment)

    @property
    def token(self) -> Path:
        """The file with it."""
        return self.folder / "build" / "token"

    def client(self) -> httpx.Client:
        """Of the gateway, with the token."""
        return httpx.Client(base_url=GATEWAY, auth=Token(self.token), timeout=60)

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """Name, Service, State and Health of those of these services, or of all; also of those that have ended."""
        listed = self("ps", "--all", "--format", "json", *services)
        return [json.loads(line) for line in listed.splitlines()]

    def container(self, service: str) -> str:
        """The name of the first one of a service."""
        return min(each["Name"] for each in self.containers(service))

    def ill(self) -> list[str]:
        """Those that are not healthy, and what they are."""
        return [f"{each['Name']}: {each['Status']}" for each in self.containers() if each["Health"] != "healthy"]

    def wait_healthy(self) -> None:
        """Return when all containers are.

        Raises:
            ContainersError: one is not in time.
        """
        end = time.monotonic() + AGAIN_WITHIN_S
        while ill := self.ill():
            if time.monotonic() > end:
                raise ContainersError(f"not healthy: {', '.join(ill)}")
            time.sleep(0.3)

    def left(self) -> list[str]:
        """Containers, volumes and networks of the project that there still are."""
        label = "label=com.docker.compose.project=cxr-cascade"
        kinds = (("ps", "--all", "--format", "{{.Names}}"), ("volume", "ls", "-q"), ("network", "ls", "-q"))
        return [name for kind in kinds for name in self.engine.docker(*kind, "--filter", label).split()]


def replicas_up(readiness: dict[str, Any], stage: str) -> int:
    """How many of a stage the gateway reaches, as its /readyz tells."""
    return int(readiness["stages"][stage]["up"])

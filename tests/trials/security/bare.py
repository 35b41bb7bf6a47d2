"""A gateway that asks nobody who they are, seals nothing and keeps no audit: to be measured beside one that does."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from gateway import parts
from gateway.__main__ import main
from gateway.vault import Vault
from local.places import ROOT
from local.ports import LOOPBACK, any_free
from local.programs import gateway_environment
from local.stack import Stack
from tests.trials.bench.errors import MeasurementError

LEFT_OUT = ("CXR_TOKEN_FILE", "CXR_AUDIT_FOLDER", "CXR_PAIRS")

READY_S = 60.0


class Clear(Vault):
    """Keeps everything as it is."""

    def seal(self, name: str, data: bytes) -> bytes:
        """As it is."""
        return data

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """As it is."""
        return sealed


@contextlib.contextmanager
def running(stack: Stack) -> Iterator[str]:
    """Such a gateway over a stack's stages and its Valkey, where it keeps what it keeps in a database of its own.

    Raises:
        MeasurementError: it does not start.
    """
    (port,) = any_free(1)
    known = gateway_environment(stack.places, stack.ports, stack.plan)
    known |= {"CXR_PORT": str(port), "CXR_REDIS": known["CXR_REDIS"].removesuffix("/0") + "/1"}
    told = {name: value for name, value in (os.environ | known).items() if name not in LEFT_OUT}
    url = f"http://{LOOPBACK}:{port}"
    with (stack.places.run / "bare.log").open("wb") as log:
        command = [sys.executable, "-m", "tests.trials.security.bare"]
        process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(process, url)
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz").is_success:
                return
        time.sleep(0.1)
    raise MeasurementError("the gateway beside the stack's did not start: see bare.log in its folder")


if __name__ == "__main__":
    parts.Vault = Clear  # type: ignore[misc]
    main()

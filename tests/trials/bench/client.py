"""One connection to a gateway, kept alive, with as little of a client's own time in it as can be."""

import json
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from client.token import named_file, proof
from imaging.file import File
from tests.trials.bench.errors import MeasurementError

TIMEOUT_S = 60

WARM_UP = 300
"""Films that a stack computes before it is measured, for Java to compile what it runs.

Source:
    The first 200 calls of a TorchServe cost its Java 8 ms of processor time each, those after 2,000 cost 1.5 ms, with
    the flags of deploy/torchserve/config.properties.
"""


class Gateway:
    """Posts files one after another."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        connection = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = connection(address.hostname or "", address.port, timeout=TIMEOUT_S)
        self._proof = proof(named_file())

    def warm(self, file: File, count: int) -> list[float]:
        """Have a film computed that often, the cache left aside; milliseconds of each."""
        return [self.assess(file, fresh=True)[0] for _ in range(count)]

    def assess(self, file: File, fresh: bool = False) -> tuple[float, dict[str, Any]]:
        """Milliseconds from sending the file to having the whole answer; and the answer.

        Args:
            file: a film.
            fresh: have it computed, whatever is in the cache.

        Raises:
            MeasurementError: it is not the assessment of a film that all three stages saw.
        """
        headers = {"Content-Type": file.kind, "X-CXR-Source": "test"} | self._proof
        headers |= {"Cache-Control": "no-cache"} if fresh else {}
        started = time.perf_counter()
        self._connection.request("POST", "/v1/assessments", file.data, headers)
        response = self._connection.getresponse()
        body = response.read()
        elapsed_ms = 1000 * (time.perf_counter() - started)
        if response.status != 200:
            raise MeasurementError(f"the gateway answered {response.status}: {body[:300].decode(errors='replace')}")
        answer: dict[str, Any] = json.loads(body)
        if answer["outcome"] != "assessed":
            raise MeasurementError(f"the film was not assessed: {answer['outcome']} {answer['refusal']}")
        return elapsed_ms, answer

    def digests(self) -> dict[str, str]:
        """Stage name to the digest of the archive that answers."""
        self._connection.request("GET", "/readyz")
        health = json.loads(self._connection.getresponse().read())
        return {name: stage["digest"] for name, stage in health["stages"].items()}

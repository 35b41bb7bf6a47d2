"""Distinct films, one after the other, by several clients, and how each was answered."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from tests.trials.traffic.exposures import exposures, part10

CLIENTS = 2
ANSWERED, REFUSED, HUNG_UP, LOST = "answered", "refused", "hung up", "lost"
"""200; 429 or 503 with a time to come back; no connection, or one that is closed without a word, as Docker's proxy does
for a container that does not listen yet; anything else, or silence."""

HONEST = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
PATH, KIND = "/v1/assessments", {"Content-Type": "application/dicom"}
PAUSE_S = 0.2
"""After a failure: as a client with manners."""

MANY = 100_000


@dataclass
class Load:
    """While it is entered. No two films have the same pixels, so none is answered from the cache."""

    client: Callable[[], httpx.Client]
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    """What became of each film that was hung up on or lost."""
    slowest_s: float = 0.0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        films = [films_of(self.seed * CLIENTS + number) for number in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._send, args=(each,)) for each in films]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_answered(self, more: int, within_s: float = 60) -> None:
        """Return when so many more films are answered; sooner if none is in time."""
        goal, end = self.counts[ANSWERED] + more, time.monotonic() + within_s
        while self.counts[ANSWERED] < goal and time.monotonic() < end:
            time.sleep(0.05)

    def told(self) -> str:
        """The counts, in words."""
        return ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items())) + (
            f", slowest {self.slowest_s:.1f} s"
        )

    def _send(self, films: Iterator[bytes]) -> None:
        with self.client() as client:
            for film in films:
                if self._over.is_set():
                    return
                began = time.monotonic()
                worth, told = asked(client, film)
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)
                self.counts[worth] += 1
                if worth in (HUNG_UP, LOST):
                    self.lost.append(told)
                if worth != ANSWERED:
                    time.sleep(PAUSE_S)


def films_of(seed: int) -> Iterator[bytes]:
    """Distinct films as Part 10 files."""
    return (part10(film) for film in exposures(MANY, seed, "Containers"))


def asked(client: httpx.Client, film: bytes) -> tuple[str, str]:
    """What the answer to one film is worth, and what it was where the film is not answered."""
    try:
        answer = client.post(PATH, content=film, headers=KIND)
    except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
        return HUNG_UP, type(error).__name__
    except httpx.HTTPError as error:
        return LOST, type(error).__name__
    if answer.status_code == httpx.codes.OK:
        return ANSWERED, ""
    honest = answer.status_code in HONEST and answer.headers.get("retry-after", "").isdigit()
    return (REFUSED if honest else LOST), f"{answer.status_code} {answer.text[:120]}"

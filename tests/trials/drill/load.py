"""A constant stream of films, whatever becomes of the answers: who waits does not keep the next from being sent."""

import asyncio
import itertools
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import httpx

from client.token import of_environment
from tests.trials.drill.answers import HONEST, Answer, Worth, judge
from tests.trials.drill.films import FRESH, PATH, Film

TIMEOUT_S = 30
"""Three times the gateway's deadline: whoever is not answered by then never is."""

POLL_S = 0.25
LATER_WITHIN_S = 20
"""For an asynchronous assessment. Source: the gateway keeps one that runs for its deadline and 5 s more."""

URGENT = {"Priority": "urgent"}
LATER = {"Prefer": "respond-async"}
TURNS: tuple[dict[str, str], ...] = (
    FRESH,
    FRESH | URGENT,
    FRESH,
    LATER | FRESH,
    FRESH,
    {},
    FRESH,
    FRESH | URGENT,
    FRESH,
)
"""Headers of the requests, in turn: two of nine urgent, one asynchronous, one that the cache may answer.

Their number and that of the samples have no common divisor, so that each film is sent in each way.
"""


class Load:
    """Sends so many films a second from a thread of its own."""

    def __init__(self, url: str, films: Sequence[Film], per_s: float) -> None:
        self.answers: list[Answer] = []
        self.open: dict[int, float] = {}
        """Number of each request that waits for its answer, to when it was begun; asynchronous ones do not wait."""
        self._url, self._films, self._per_s = url, films, per_s
        self._numbers = itertools.count()
        self._bursts: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._going = True
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Send no more, and wait for what is on its way."""
        self._going = False
        self._thread.join()

    def burst(self, count: int) -> None:
        """Send so many more, at once, with the next film."""
        self._bursts.put(count)

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)  # an old connection tells of nothing
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=TIMEOUT_S, limits=limits, auth=of_environment()) as client,
            asyncio.TaskGroup() as group,
        ):
            due = time.monotonic()
            while self._going:
                extra = 0 if self._bursts.empty() else self._bursts.get()
                for _ in range(1 + extra):
                    group.create_task(self._ask(client, next(self._numbers)))
                due = max(due + 1 / self._per_s, time.monotonic() - 1)  # after a stall, not all of it at once
                await asyncio.sleep(due - time.monotonic())

    async def _ask(self, client: httpx.AsyncClient, number: int) -> None:
        film, headers = self._films[number % len(self._films)], TURNS[number % len(TURNS)]
        urgent, later = headers.keys() >= URGENT.keys(), headers.keys() >= LATER.keys()
        begun = time.monotonic()
        if not later:
            self.open[number] = begun
        with _told() as outcome:
            answer = await client.post(PATH, content=film.data, headers={"Content-Type": film.kind, **headers})
            if answer.status_code == httpx.codes.ACCEPTED:
                answer = await self._later(client, answer.headers["Location"])
            outcome[:] = judge(film.truth, answer.status_code, answer.headers.get("Retry-After"), answer.content)
        worth, told = outcome
        self.answers.append(Answer(begun, time.monotonic(), Worth(worth), told, urgent, later))
        self.open.pop(number, None)

    async def _later(self, client: httpx.AsyncClient, location: str) -> httpx.Response:
        """What became of an asynchronous assessment, asked for again and again, also while nobody is there to ask."""
        end = time.monotonic() + LATER_WITHIN_S
        while True:
            await asyncio.sleep(POLL_S)
            try:
                answer = await client.get(location)
            except httpx.TransportError:
                if time.monotonic() > end:
                    raise
                continue
            if answer.status_code not in (httpx.codes.ACCEPTED, *HONEST) or time.monotonic() > end:
                return answer


@contextmanager
def _told() -> Iterator[list[str]]:
    """What an exception is worth."""
    outcome: list[str] = []
    try:
        yield outcome
    except httpx.ConnectError:
        outcome[:] = Worth.UNREACHABLE, "connection refused"
    except httpx.TransportError as error:
        outcome[:] = Worth.LOST, type(error).__name__

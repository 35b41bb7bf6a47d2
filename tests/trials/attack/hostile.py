"""Who sends files that are damaged, or become large, as fast as they are answered; in a process of its own."""

import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx

from tests.trials.attack import bombs
from tests.trials.attack.callers import Bearer
from tests.trials.drill.films import PATH
from tests.trials.fuzz.mutants import mutants

AT_ONCE = 4
"""Requests of it in flight."""

EVERY = 20
"""Of its inputs one is a bomb; the others are damaged films."""

TIMEOUT_S = 90
LOWEST = 19
"""An attacker has a machine of its own: making its files is not to take the processors of ours."""

FINE = (200, 400, 413, 415, 422, 429, 503)
"""An assessment, a refusal, a problem of the file's, or the word to come back later."""


@dataclass
class Came:
    """What came of it."""

    answers: Counter[str] = field(default_factory=Counter)
    """Status or name of an error, to how many."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Input and answer, of those that are not FINE."""
    slowest_s: float = 0.0


Sent = tuple[str, bytes, dict[str, str]]
"""The name of an input, its bytes and its headers."""


def inputs(count: int, seed: int) -> Iterator[Sent]:
    """So many; the same seed gives the same ones."""
    large: list[Sent] = [
        *((name, make(), {"Content-Type": "image/png"}) for name, make in BOMBS.items()),
        ("packed body", bombs.packed(), {"Content-Type": "image/png", "Content-Encoding": "deflate"}),
    ]
    damaged = mutants(count, seed)
    for number in range(count):
        if number % EVERY == 0:
            yield large[number // EVERY % len(large)]
        else:
            name, data = next(damaged)
            yield name, data, {"Content-Type": "application/dicom"}


BOMBS = {
    "palette of 50 MP": bombs.palette,
    "four colours of 50 MP": bombs.colours,
    "more pixels than are read": bombs.too_large,
    "more pixels than it says": bombs.inflating,
    "long packed text": bombs.text,
}


def send(url: str, token: str, count: int, seed: int) -> Came:
    """All of them, AT_ONCE at a time."""
    os.nice(LOWEST)
    waiting: queue.Queue[Sent | None] = queue.Queue(AT_ONCE)
    came, lock = Came(), threading.Lock()
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, auth=Bearer(token)) as client:
        threads = [threading.Thread(target=_send, args=(client, waiting, came, lock)) for _ in range(AT_ONCE)]
        for each in threads:
            each.start()
        for each in inputs(count, seed):
            waiting.put(each)
        for _ in threads:
            waiting.put(None)
        for each in threads:
            each.join()
    return came


def _send(client: httpx.Client, waiting: "queue.Queue[Sent | None]", came: Came, lock: threading.Lock) -> None:
    while (sent := waiting.get()) is not None:
        name, data, headers = sent
        begun = time.perf_counter()
        try:
            status = client.post(PATH, content=data, headers=headers).status_code
            told, fine = str(status), status in FINE
        except httpx.HTTPError as error:
            told, fine = type(error).__name__, False
        with lock:
            came.answers[told] += 1
            came.slowest_s = max(came.slowest_s, time.perf_counter() - begun)
            if not fine:
                came.wrong[f"{name}: {told}"] += 1

"""Users without a pause: each sends its next film when the answer to the last has come. Alike for every contender."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from client.token import proof
from tests.trials.bench.errors import MeasurementError

Ask = Callable[[bytes], dict[str, Any]]
"""A film to its answer; one user's own."""

TIMEOUT_S = 60

MAX_ERRORS = 0.05
"""Of the films that are answered; beyond it nothing is reported. Source: our choice: a slip is told, not hidden."""

UNANSWERED = (MeasurementError, OSError, HTTPException)


@dataclass(frozen=True)
class Taken:
    """What so many users saw."""

    users: int
    per_s: float
    p50_ms: float
    p95_ms: float
    films: int
    errors: int
    """Films that were not answered; they count for nothing else."""


def closed_loop(
    asks: list[Ask], films: Iterator[bytes], seconds: float, check: Callable[[dict[str, Any]], None]
) -> Taken:
    """Let all users send films for that long; what was begun is finished, and counts for the latency alone.

    Args:
        asks: one a user.
        films: each sent once.
        seconds: after which nobody begins another film.
        check: raises where an answer is not right.
    """
    taken: list[float] = []
    in_time: list[float] = []
    errors: list[Exception] = []
    failed: list[BaseException] = []
    lock = threading.Lock()
    together = threading.Barrier(len(asks) + 1)
    begun = [0.0]

    def use(ask: Ask) -> None:
        together.wait()
        try:
            while (started := time.perf_counter()) - begun[0] < seconds and not failed:
                with lock:
                    film = next(films)
                try:
                    answer = ask(film)
                except UNANSWERED as error:
                    errors.append(error)
                    continue
                ended = time.perf_counter()
                check(answer)
                taken.append(1000 * (ended - started))
                if ended - begun[0] <= seconds:
                    in_time.append(ended)
        except BaseException as error:  # told by the thread that waits for all
            failed.append(error)

    threads = [threading.Thread(target=use, args=(ask,), daemon=True) for ask in asks]
    for thread in threads:
        thread.start()
    begun[0] = time.perf_counter()
    together.wait()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    if len(errors) > MAX_ERRORS * len(taken):
        raise MeasurementError(f"{len(errors)} films were not answered, {len(taken)} were: {errors[-1]}")
    p50, p95 = (float(value) for value in np.percentile(taken, (50, 95)))
    return Taken(len(asks), len(in_time) / seconds, p50, p95, len(taken), len(errors))


class Connection:
    """One user's connection, kept alive."""

    def __init__(self, port: int, path: str, form: str | None, token: Path | None = None) -> None:
        """To a port of this machine.

        Args:
            form: the field of a form that the film is sent in, or None for a plain body.
            token: the file with that which is asked for, if one is.
        """
        self._proof = proof(token)
        self._http = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._path = path
        self._form = form

    def post(self, film: bytes) -> tuple[int, bytes]:
        """Status and body."""
        kind, body = ("image/png", film) if self._form is None else _multipart(self._form, film)
        try:
            self._http.request("POST", self._path, body, {"Content-Type": kind} | self._proof)
            response = self._http.getresponse()
            return response.status, response.read()
        except (OSError, HTTPException):
            self._http.close()  # the next film opens another
            raise


def _multipart(field: str, film: bytes) -> tuple[str, bytes]:
    head = f'--film\r\nContent-Disposition: form-data; name="{field}"; filename="film.png"\r\n'
    return (
        "multipart/form-data; boundary=film",
        head.encode() + b"Content-Type: image/png\r\n\r\n" + film + b"\r\n--film--\r\n",
    )

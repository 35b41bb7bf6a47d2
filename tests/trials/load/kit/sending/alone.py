"""Films sent one after another over a connection, before the test: what each is, and how much the gateway can do."""

import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import gevent

from .errors import SendingError
from .films import TEST, Film, Films
from .token import FILE, TOKEN

PATH = "/v1/assessments"
TIMEOUT_S = 60.0

USERS = 16
"""Who find the capacity: with more, films only wait longer."""


class Sender:
    """One connection, kept alive."""

    def __init__(self, url: str, proof: Mapping[str, str]) -> None:
        address = urlsplit(url)
        connection = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._connection = connection(address.hostname or "", address.port, timeout=TIMEOUT_S)
        self._path, self._proof = f"{address.path.rstrip('/')}{PATH}", dict(proof)

    def send(self, film: Film, fresh: bool = False) -> tuple[int, bytes]:
        """Status and body of the answer.

        Args:
            film: what is sent.
            fresh: have it computed, whatever is in the cache.
        """
        headers = {"Content-Type": film.kind} | TEST | self._proof
        headers |= {"Cache-Control": "no-cache"} if fresh else {}
        self._connection.request("POST", self._path, film.data, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def known(url: str, films: Films, proof: Mapping[str, str]) -> list[dict[str, float]]:
    """What each film is, sent alone; the cache knows it then, too.

    Raises:
        SendingError: the gateway does not answer, or not with an assessment.
    """
    sender = Sender(url, proof)
    try:
        return [_classes(*sender.send(film)) for film in films.files]
    except (OSError, HTTPException) as error:
        raise SendingError(f"{url} does not answer: {error}") from error
    finally:
        sender.close()


def capacity(url: str, films: Films, proof: Mapping[str, str], seconds: float) -> float:
    """Films a second that the gateway assesses for USERS users, each film computed anew.

    Raises:
        SendingError: it assesses none.
    """
    end = time.monotonic() + seconds
    working = [gevent.spawn(_work, url, films, proof, number, end) for number in range(USERS)]
    gevent.joinall(working)
    assessed = sum(each.value or 0 for each in working)
    if not assessed:
        raise SendingError(f"{url} assessed no film in {seconds:g} s: its capacity is not known")
    return round(assessed / seconds, 2)


def _work(url: str, films: Films, proof: Mapping[str, str], number: int, end: float) -> int:
    """Films that were assessed until the end, for one user."""
    sender, assessed = Sender(url, proof), 0
    try:
        while time.monotonic() < end:
            status, _ = sender.send(films.files[number % len(films.files)], fresh=True)
            assessed += status == HTTPStatus.OK and time.monotonic() < end
            number += 1
            if status != HTTPStatus.OK:
                gevent.sleep(1)  # it has too much to do
    except (OSError, HTTPException):
        return assessed
    finally:
        sender.close()
    return assessed


def _classes(status: int, body: bytes) -> dict[str, float]:
    told = body[:300].decode(errors="replace")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise SendingError(f"the gateway wants a token ({status}): set {FILE}, or {TOKEN}. It says: {told}")
    if status != HTTPStatus.OK:
        raise SendingError(f"the gateway answered {status}: {told}")
    answer = json.loads(body)
    if answer.get("outcome") != "assessed":
        raise SendingError(f"a film was not assessed, but {answer.get('outcome')}: send frontal chest films")
    classes: dict[str, float] = answer["classes"]
    return classes

"""What is looked at: the metrics of the gateway, and of listener and reading room where they run."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import BaseModel

from gateway.top.figures import Figures, figures
from gateway.top.scrape import Scrape
from gateway.top.window import Window, keep
from local.errors import NotUpError

TIMEOUT_S = 5.0
"""Of one answer: a gateway with all processors busy needs some seconds at most."""


class ListenerFigures(BaseModel):
    """Of the films that come by DICOM; counts of ends are of the window."""

    films_per_min: float
    waiting: int
    dead: int
    """Dead letters."""
    to_deliver: dict[str, int]
    """Route to results that wait."""
    ended: dict[str, int]
    """State to films."""
    undelivered: int


class ReadingRoomFigures(BaseModel):
    """Of what doctors do."""

    opinions_per_min: float
    films: dict[str, int]
    """State to films, now."""
    amendments_waiting: int


class Now(BaseModel):
    """All that is looked at; null: it does not answer, or is not asked."""

    gateway: Figures
    listener: ListenerFigures | None
    reading_room: ReadingRoomFigures | None


@dataclass
class Source:
    """One service, and its metrics of the last seconds, oldest first."""

    url: str
    kept: deque[Scrape] = field(default_factory=deque)

    def look(self, client: httpx.Client, seconds: float) -> None:
        """Keep what it is now, and no more than so many seconds; nothing where it does not answer."""
        try:
            answer = client.get(f"{self.url.rstrip('/')}/metrics").raise_for_status()
            keep(self.kept, Scrape.read(answer.text, time.time()), seconds, least=2)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            self.kept.clear()

    def window(self) -> Window | None:
        """From the oldest to the newest; None where there are no two."""
        return Window(self.kept[0], self.kept[-1]) if len(self.kept) > 1 else None


@dataclass
class Sources:
    """The services of one installation; an empty address: it is not asked."""

    gateway: Source
    listener: Source
    reading_room: Source
    seconds: float

    @classmethod
    def at(cls, gateway: str, listener: str, reading_room: str, seconds: float) -> "Sources":
        """Those addresses, looked at over so many seconds."""
        return cls(Source(gateway), Source(listener), Source(reading_room), seconds)

    def look(self, client: httpx.Client) -> None:
        """Ask each of them once.

        Raises:
            NotUpError: the gateway does not answer.
        """
        for source in (self.gateway, self.listener, self.reading_room):
            if source.url:
                source.look(client, self.seconds)
        if not self.gateway.kept:
            raise NotUpError(f"No gateway answers at {self.gateway.url}.")

    def now(self) -> Now | None:
        """What they do; None until each moment has one to be compared with."""
        window = self.gateway.window()
        if window is None:
            return None
        return Now(
            gateway=figures(window),
            listener=_listener(self.listener.window()),
            reading_room=_reading_room(self.reading_room.window()),
        )


def client() -> httpx.Client:
    """One that asks for metrics, which are open to everybody."""
    return httpx.Client(timeout=TIMEOUT_S)


def _listener(window: Window | None) -> ListenerFigures | None:
    if window is None:
        return None
    now = window.after
    return ListenerFigures(
        films_per_min=round(60 * window.per_s("cxr_scp_received_total", answer="kept"), 2),
        waiting=round(now.value("cxr_scp_waiting")),
        dead=round(now.value("cxr_scp_dead")),
        to_deliver=_whole(now.by("cxr_scp_queued", "route")),
        ended=_whole(window.increases("cxr_scp_films_total", "state")),
        undelivered=round(window.increase("cxr_scp_deliveries_total", end="undelivered")),
    )


def _reading_room(window: Window | None) -> ReadingRoomFigures | None:
    if window is None:
        return None
    now = window.after
    return ReadingRoomFigures(
        opinions_per_min=round(60 * window.per_s("review_opinions_total"), 2),
        films=_whole(now.by("review_films", "state")),
        amendments_waiting=round(now.value("review_amendments", state="waiting")),
    )


def _whole(counts: dict[str, Any]) -> dict[str, int]:
    return {name: round(count) for name, count in counts.items()}

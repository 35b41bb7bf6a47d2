"""The listener, which keeps films that came by STOW-RS until they are assessed and their results delivered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Self

import httpx
from pydantic import HttpUrl

from gateway.request_id import current_request_id

TIMEOUT_S = 30.0
"""For one film to be on the listener's disk."""


class Kept(Enum):
    """What the listener made of a film."""

    KEPT = auto()
    TOO_LARGE = auto()
    NO_ROOM = auto()
    """Or the listener cannot be reached: the sender shall try again."""


class Intake:
    """A client of the listener's HTTP door."""

    def __init__(self, client: httpx.AsyncClient | None) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def at(cls, url: HttpUrl | None) -> AsyncIterator[Self]:
        """An intake at the listener's address, or none."""
        if url is None:
            yield cls(None)
            return
        async with httpx.AsyncClient(base_url=str(url), timeout=TIMEOUT_S) as client:
            yield cls(client)

    @property
    def offered(self) -> bool:
        """Whether there is a listener."""
        return self._client is not None

    async def keep(self, part10: bytes, urgent: bool) -> Kept:
        """Hand a Part 10 file over; it is on the listener's disk when this returns KEPT."""
        if self._client is None:
            return Kept.NO_ROOM
        headers = {"Content-Type": "application/dicom", "X-Request-ID": current_request_id() or ""}
        headers |= {"Priority": "urgent"} if urgent else {}
        try:
            response = await self._client.post("/instances", content=part10, headers=headers)
        except httpx.HTTPError:
            return Kept.NO_ROOM
        if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            return Kept.TOO_LARGE
        return Kept.KEPT if response.is_success else Kept.NO_ROOM

"""A FHIR server as a peer."""

from types import TracebackType
from typing import Self

import httpx

from scp.errors import PeerAwayError
from scp.peers.session import TIMEOUT_S, Receiver
from scp.peers.web import authorization, meant
from scp.routes import WebPeer


class FhirSession(Receiver):
    """A FHIR server; an object is a Bundle."""

    name = "a FHIR server"

    def __init__(self, peer: WebPeer) -> None:
        self._peer = peer
        self._client = httpx.Client(timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def send(self, data: bytes) -> None:
        """POST to /Bundle: a bundle of type collection is kept as it is (FHIR R4, 2.36)."""
        headers = {"Content-Type": "application/fhir+json"} | authorization(self._peer)
        try:
            response = self._client.post(f"{str(self._peer.url).rstrip('/')}/Bundle", content=data, headers=headers)
        except httpx.HTTPError as error:
            raise PeerAwayError("cannot be reached") from error
        if not response.is_success:
            raise meant(response.status_code)

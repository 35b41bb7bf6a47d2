"""A FHIR server as a peer."""

import json
from types import TracebackType
from typing import Self

import httpx

from client import authorities
from results.transaction import Json, report_query, transaction, withdrawing
from scp.errors import PeerAwayError
from scp.peers.session import TIMEOUT_S, Receiver
from scp.peers.web import authorization, meant
from scp.routes import FhirPeer

FHIR_JSON = "application/fhir+json"


class FhirSession(Receiver):
    """A FHIR server; an object is a Bundle."""

    name = "a FHIR server"

    def __init__(self, peer: FhirPeer) -> None:
        self._peer = peer
        self._base = str(peer.url).rstrip("/")
        self._client = httpx.Client(timeout=TIMEOUT_S, verify=authorities.usual())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def send(self, data: bytes) -> None:
        """POST to /Bundle, where a collection is kept as it is (FHIR R4, 2.36); or, as a transaction, to the base."""
        if self._peer.bundle == "collection":
            self._ask("POST", "/Bundle", data)
            return
        made = transaction(data)
        made = withdrawing(made, self._found(report_query(made)))
        self._ask("POST", "", json.dumps(made).encode())

    def _found(self, query: str) -> Json:
        """What a search answers.

        Raises:
            PeerAwayError: what answers is no FHIR server.
        """
        try:
            found: Json = self._ask("GET", f"/{query}").json()
            return found | {"entry": found.get("entry", [])}
        except (ValueError, TypeError, AttributeError) as error:
            raise PeerAwayError("answers a search with something else") from error

    def _ask(self, method: str, path: str, body: bytes | None = None) -> httpx.Response:
        headers = {"Accept": FHIR_JSON} | ({"Content-Type": FHIR_JSON} if body else {}) | authorization(self._peer)
        try:
            response = self._client.request(method, self._base + path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise PeerAwayError("cannot be reached") from error
        if not response.is_success:
            raise meant(response.status_code)
        return response

"""A webhook as a peer: events over HTTP, signed as Standard Webhooks 1.0.0 says, so that they can be trusted."""

import base64
import binascii
import json
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from standardwebhooks.webhooks import Webhook

from client import authorities
from scp.errors import PeerAwayError
from scp.peers.session import TIMEOUT_S, Receiver
from scp.peers.web import authorization, meant
from scp.routes import WebhookPeer

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
"""Length of a key. Source: Standard Webhooks 1.0.0, "Signature scheme"."""


class WebhookSession(Receiver):
    """A receiver of events; an object is an event's JSON."""

    name = "a webhook"

    def __init__(self, peer: WebhookPeer) -> None:
        self._peer = peer
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, verify=authorities.usual())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def send(self, data: bytes) -> None:
        """POST it: its id is the event's, the same at each try; its time is that of this try."""
        headers = {"Content-Type": "application/json"} | self._signature(data) | authorization(self._peer)
        try:
            response = self._client.post(str(self._peer.url), content=data, headers=headers)
        except httpx.HTTPError as error:
            raise PeerAwayError("cannot be reached") from error
        if not response.is_success:
            raise meant(response.status_code)

    def _signature(self, data: bytes) -> dict[str, str]:
        event, now = str(json.loads(data)["id"]), datetime.now(UTC)
        signed = [Webhook(secret).sign(event, now, data.decode()) for secret in secrets(self._peer.secret_file)]
        return {
            "webhook-id": event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signed),
        }


def secrets(path: Path) -> list[str]:
    """The secrets of a file, one a line: while a receiver changes its own, the old one and the new one.

    Raises:
        PeerAwayError: the file cannot be read, or holds something else.
    """
    try:
        found = path.read_text(encoding="ascii").split()
        keys = [base64.b64decode(each.removeprefix(PREFIX), validate=True) for each in found]
    except (OSError, ValueError, binascii.Error) as error:
        raise PeerAwayError(f"gets nothing: its secret cannot be read ({type(error).__name__})") from None
    if (
        not found
        or not all(each.startswith(PREFIX) for each in found)
        or not all(len(key) in KEY_BYTES for key in keys)
    ):
        raise PeerAwayError(f"gets nothing: its secret is not {PREFIX} and the base64 of 24 to 64 bytes")
    return found

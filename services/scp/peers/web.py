"""What peers have in common that are reached over HTTP."""

from scp.errors import PeerAwayError, PeerRefusedError
from scp.routes import WebPeer

TRANSIENT_STATUSES = (408, 425, 429, 500, 502, 503, 504)
"""HTTP statuses after which the same request may succeed. Source: RFC 9110, 15; RFC 6585, 4; RFC 8470, 5.2."""


def meant(status: int) -> PeerAwayError | PeerRefusedError:
    """The error that a status other than success means."""
    return (PeerAwayError if status in TRANSIENT_STATUSES else PeerRefusedError)(f"HTTP status {status}")


def authorization(peer: WebPeer) -> dict[str, str]:
    """The header that says who we are, with the token of the peer's file as it is now."""
    return {"Authorization": f"Bearer {peer.token_file.read_text().strip()}"} if peer.token_file else {}

"""How much is taken, and how long it may take."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.container import memory_bytes

MEBIBYTE = 1024 * 1024


class Limits(BaseSettings):
    """Of requests, uploads, connections and films."""

    model_config = SettingsConfigDict(frozen=True)

    deadline_s: float = Field(10, gt=0)
    """Longest time for a request, from the last byte of the upload to the answer."""

    max_in_flight: int = Field(64, gt=0)
    """Requests in progress and waiting; beyond it, routine ones get 429, urgent ones at twice as many."""

    queue_s: float = Field(2, gt=0)
    """Longest expected wait of a routine request; beyond it, 429."""

    client_per_s: float = Field(100, gt=0)
    """Requests a second of one client, twice as many at once; beyond it, 429. A client is a caller, or where nobody has
    to say who they are an address. Urgent requests pass up to twice as many; our own services are not counted."""

    client_in_flight: int = Field(48, gt=0)
    """Requests of one client at the same time, and as many urgent ones; beyond it, 429."""

    max_upload_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """Largest file."""

    max_buffered_bytes: int = Field(512 * MEBIBYTE, gt=0)
    """Largest total of uploads being received; beyond it, 429."""

    upload_timeout_s: float = Field(60, gt=0)
    """Longest time for an upload to arrive."""

    max_connections: int = Field(2000, gt=0)
    """Connections at once, three quarters of them from one address. Beyond it, those are ended that have kept us
    waiting for longest. There are fewer where the system allows fewer files."""

    header_timeout_s: float = Field(10, gt=0)
    """Longest time for a request's header to arrive, and for a TLS handshake; then the connection is ended."""

    max_pixels: int = Field(50_000_000, gt=0)
    """Largest film, checked before decoding. The largest detectors have about 20 million."""

    max_decoding_bytes: int | None = Field(None, gt=0)
    """Memory that films take together while they are decoded; larger ones are decoded one after the other. Unset: a
    third of what the container, or else the machine, has, at most 1 GiB."""

    @property
    def decoding_bytes(self) -> int:
        """What films take while they are decoded."""
        return self.max_decoding_bytes or min(memory_bytes() // 3, 1024 * MEBIBYTE)

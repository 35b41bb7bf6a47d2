"""The listener's configuration."""

from ipaddress import ip_address
from pathlib import Path
from typing import Self

from pydantic import Field, HttpUrl, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEBIBYTE = 1024 * 1024
DAY_S = 24 * 60 * 60


class Settings(BaseSettings):
    """Read from CXR_SCP_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(
        env_prefix="CXR_SCP_", env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on, for DICOM and for HTTP; loopback unless told otherwise."""

    port: int = Field(11112, ge=0, le=65535)
    """Port of the DICOM listener."""

    http_port: int = Field(8112, ge=0, le=65535)
    """Port of the door for the gateway (STOW-RS) and of /livez, /readyz, /status and /metrics."""

    aet: str = Field("CXRCASCADE", min_length=1, max_length=16)
    """Our AE title; who calls another is rejected."""

    peers: str = ""
    """Who may send, comma separated: AE title, or AE title@address. Empty: anyone, which only loopback allows."""

    tls_certificate: Path | None = None
    """PEM file of our certificate chain; with it, only TLS is spoken."""

    tls_key: Path | None = None
    """PEM file of its key."""

    tls_clients: Path | None = None
    """PEM file of the authorities whose clients may connect; without it, any client may."""

    max_associations: int = Field(32, gt=0)
    """At once; one more is rejected as a transient local limit."""

    network_timeout_s: float = Field(30, gt=0)
    """After which a silent peer's association is ended."""

    max_film_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """A larger film is refused: the gateway would not take it."""

    least_free_bytes: int = Field(1000 * MEBIBYTE, ge=0)
    """With less left on the disk, films are refused as out of resources, for the sender to try again."""

    max_waiting: int = Field(20_000, gt=0)
    """Films that wait at once; beyond it they are refused as out of resources."""

    folder: Path = Path("build/films")
    """Where films wait and results are kept. Patient data: only we can read it."""

    ledger: str = ""
    """SQLAlchemy URL of the ledger, such as postgresql+psycopg://...; empty: SQLite in the folder."""

    routes: Path | None = None
    """YAML file that says which results go where, and which films are urgent; without it, results are only kept."""

    gateway: HttpUrl = HttpUrl("http://127.0.0.1:8000")
    """Where films are assessed."""

    gateway_timeout_s: float = Field(30, gt=0)
    """After which the gateway counts as not answering; above its own deadline."""

    workers: int = Field(2, gt=0)
    """Films at the gateway at once. Source: more wait there instead of here, the stages have one worker each."""

    writers: int = Field(2, ge=0)
    """Processes that write results, of 0.2 GB each. With 0 the listener writes them itself, one film at a time."""

    answer_within_s: float = Field(300, gt=0)
    """A film that waits longer gets the notice "AI result not available"; it is still assessed later."""

    give_up_s: float = Field(DAY_S, gt=0)
    """A film that waits longer goes to the dead letters."""

    keep_s: float = Field(7 * DAY_S, gt=0)
    """How long results are kept for sending them again."""

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Lowest level that is logged."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        """Anyone may send films only where only this machine can."""
        if not self.peers.strip() and not _loopback(self.host):
            raise ValueError("CXR_SCP_PEERS must name who may send, since CXR_SCP_HOST is not loopback")
        if bool(self.tls_certificate) != bool(self.tls_key) or (self.tls_clients and not self.tls_certificate):
            raise ValueError("TLS needs CXR_SCP_TLS_CERTIFICATE and CXR_SCP_TLS_KEY")
        return self

    @property
    def ledger_url(self) -> str:
        """Where the ledger is."""
        return self.ledger or f"sqlite:///{self.folder.resolve() / 'ledger.sqlite'}"


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

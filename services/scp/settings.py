"""The listener's configuration."""

from pathlib import Path
from typing import Self

from pydantic import Field, FilePath, HttpUrl, model_validator
from pydantic_settings import SettingsConfigDict

from auditing.settings import KeptInFiles
from doors.loopback import is_loopback
from erasure.sealed.settings import AtRest
from scp.senders import Senders

MEBIBYTE = 1024 * 1024
DAY_S = 24 * 60 * 60


class Settings(KeptInFiles, AtRest):
    """Read from CXR_SCP_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(env_prefix="CXR_SCP_", env_ignore_empty=True, frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on, for DICOM."""

    port: int = Field(11112, ge=0, le=65535)
    """DICOM port."""

    http_host: str = "127.0.0.1"
    """Address to listen on, for HTTP: the gateway and the reading room ask here, and nobody else should reach it."""

    http_port: int = Field(8112, ge=0, le=65535)
    """HTTP port: DICOMweb from the gateway, /livez, /readyz, /status, /metrics."""

    aet: str = Field("CXRCASCADE", min_length=1, max_length=16)
    """Our AE title; calls to another are rejected."""

    peers: str = ""
    """Who may send, comma separated, as AE title@address or AE title@network: CR1@10.0.0.7, PACS@10.20.0.0/16. A title
    alone, or nothing for anyone, will do on loopback only."""

    tls_certificate: Path | None = None
    """PEM file of our certificate chain; with it, TLS only."""

    tls_key: Path | None = None
    """PEM file of its key."""

    tls_clients: Path | None = None
    """PEM file of the authorities whose clients may connect; without it, any client may."""

    plain: bool = False
    """Whether DICOM may come without TLS from other machines: films then cross the network as anybody can read them."""

    http_tls_certificate: FilePath | None = None
    """PEM file of the certificate chain of the HTTP port; with it, HTTPS only."""

    http_tls_key: FilePath | None = None
    """PEM file of its key."""

    max_associations: int = Field(32, gt=0)
    """Associations at once, and as many STOW-RS requests; more are rejected as a transient local limit (or 429)."""

    network_timeout_s: float = Field(30, gt=0)
    """After this, a silent peer's association is ended."""

    max_connections: int = Field(256, gt=0)
    """HTTP connections at once, three quarters of them from one address. Beyond it, those are ended that have kept us
    waiting for longest. With those of DICOM they have to stay below 1,000, which is all that select(2) can watch."""

    header_timeout_s: float = Field(10, gt=0)
    """Longest time for an HTTP request's header to arrive; then the connection is ended."""

    max_film_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """Largest film: the gateway's limit."""

    max_store_bytes: int = Field(256 * MEBIBYTE, gt=0)
    """Largest STOW-RS request, which may hold several films."""

    upload_timeout_s: float = Field(60, gt=0)
    """Longest time for a STOW-RS request to arrive."""

    least_free_bytes: int = Field(1000 * MEBIBYTE, ge=0)
    """With less disk space, films are refused as out of resources; the sender can retry."""

    max_waiting: int = Field(20_000, gt=0)
    """Films that may wait; more are refused as out of resources."""

    folder: Path = Path("build/films")
    """Holds films and results: patient data, readable only by the listener's user."""

    ledger: str = ""
    """SQLAlchemy URL of the ledger, such as postgresql+psycopg://...; empty: SQLite in the folder."""

    routes: Path | None = None
    """YAML file: which results go where, and which films are urgent; without it, results are only kept."""

    token_file: Path | None = None
    """As the gateway's `CXR_TOKEN_FILE`, the same file or a copy: sent to the gateway, and asked of HTTP callers."""

    gateway: HttpUrl = HttpUrl("http://127.0.0.1:8000")
    """URL of the gateway."""

    gateway_timeout_s: float = Field(30, gt=0)
    """After this, the gateway counts as down; longer than its own deadline."""

    workers: int = Field(2, gt=0)
    """Films sent to the gateway at once. Source: more would only wait there; the stages have one worker each."""

    writers: int = Field(2, ge=0)
    """Processes that write results, of 0.2 GB each. With 0 the listener writes them itself, one film at a time."""

    answer_within_s: float = Field(300, gt=0)
    """A film that waits longer gets the notice "AI result not available"; it is still assessed later."""

    give_up_s: float = Field(DAY_S, gt=0)
    """A film that waits longer goes to the dead letters."""

    keep_s: float = Field(7 * DAY_S, gt=0)
    """How long results are kept, to be sent again, and films with them."""

    keep_films: bool = True
    """Whether films are kept with their results, for viewers (QIDO-RS, WADO-RS). When the disk runs short, the oldest
    are given up before a new film is refused."""

    fhir_patient_system: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")
    """As the gateway's `CXR_FHIR_PATIENT_SYSTEM`; give both the same."""

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Lowest level to log."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        """Anyone may send films, and in plain sight, only where only this machine can."""
        senders = Senders.of(self.peers)
        if not is_loopback(self.host):
            _off_loopback(senders, bool(self.tls_certificate) or self.plain)
        if not (self.token_file or is_loopback(self.http_host)):
            raise ValueError("CXR_SCP_HTTP_HOST is not loopback, so callers must be known: set CXR_SCP_TOKEN_FILE")
        if bool(self.tls_certificate) != bool(self.tls_key) or (self.tls_clients and not self.tls_certificate):
            raise ValueError("TLS needs CXR_SCP_TLS_CERTIFICATE and CXR_SCP_TLS_KEY")
        if bool(self.http_tls_certificate) != bool(self.http_tls_key):
            raise ValueError("HTTPS needs CXR_SCP_HTTP_TLS_CERTIFICATE and CXR_SCP_HTTP_TLS_KEY")
        self.check_disk_key(reachable=not is_loopback(self.host))
        return self

    @property
    def ledger_url(self) -> str:
        """Where the ledger is."""
        return self.ledger or f"sqlite:///{self.folder.resolve() / 'ledger.sqlite'}"


def _off_loopback(senders: Senders, hidden: bool) -> None:
    if not senders.allowed:
        raise ValueError("CXR_SCP_PEERS must name who may send, since CXR_SCP_HOST is not loopback")
    if senders.anywhere:
        title = senders.anywhere[0]
        raise ValueError(
            f"CXR_SCP_PEERS must say from where {title} calls, such as {title}@10.0.0.7, since CXR_SCP_HOST is not "
            f"loopback; {title}@0.0.0.0/0 means from anywhere"
        )
    if not hidden:
        raise ValueError(
            "CXR_SCP_HOST is not loopback, so films must come by TLS: set CXR_SCP_TLS_CERTIFICATE, CXR_SCP_TLS_KEY and "
            "CXR_SCP_TLS_CLIENTS; or CXR_SCP_PLAIN=true where the network is safe without"
        )

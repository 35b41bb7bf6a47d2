"""The gateway's configuration."""

import re
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, FilePath, HttpUrl, RedisDsn, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from auditing.settings import KeptInFiles
from doors.loopback import is_loopback
from gateway.container import memory_bytes
from gateway.fleet.addresses import Addresses
from vocabulary.problems.known import NUMBERS

MEBIBYTE = 1024 * 1024

LEAST_CHARACTERS = 16
"""Of the secret."""

PROOFS = "set CXR_TOKEN_FILE, CXR_JWKS or CXR_CLIENTS (docs/security.md)"


def _checked(text: str) -> str:
    Addresses.parse(text)
    return text


def _origins(text: str) -> str:
    origins = [each.strip() for each in text.split(",") if each.strip()]
    if wrong := [each for each in origins if not re.fullmatch(r"\*|https?://[^/\s]+", each)]:
        raise ValueError(f"{wrong[0]} is no origin: that is scheme, host and port, as in https://viewer.example:8443")
    return ",".join(origins)


def _problems(text: str) -> str:
    for name, at in _pairs(text).items():
        if name not in NUMBERS:
            raise ValueError(f"there is no problem {name} with a stage of its own; there are {', '.join(NUMBERS)}")
        Addresses.parse(at)
    return text


def _pairs(text: str) -> dict[str, str]:
    """name=address, with spaces between them."""
    parted = [each.partition("=") for each in text.split()]
    return {name: at for name, _, at in parted}


At = Annotated[str, AfterValidator(_checked)]
"""host:port of each replica's gRPC inference API, with commas between them; dns:///name:port for all of a name's."""


class Settings(KeptInFiles):
    """Read from CXR_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(
        env_prefix="CXR_", env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on."""

    discriminator: At = "127.0.0.1:7070"
    """The discriminator's replicas: host:port,host:port or dns:///name:port."""

    segmenter: At = "127.0.0.1:7080"
    """The segmenter's replicas."""

    classifier: At = "127.0.0.1:7090"
    """The classifier's replicas."""

    problems: Annotated[str, AfterValidator(_problems)] = ""
    """Stages of other problems than the chest that this gateway answers: name=host:port of each, with spaces between
    them, such as bone-age=127.0.0.1:7100. Empty: none."""

    releases: Path | None = None
    """File of releases, followed while the gateway runs; it replaces the three above."""

    stage_ca: FilePath | None = None
    """PEM file of the authority that signed the stages' certificates; without it, no TLS to the stages."""

    stage_certificate: FilePath | None = None
    """PEM file of the client certificate, if the stages ask for one."""

    stage_key: FilePath | None = None
    """Key of that certificate."""

    tls_certificate: FilePath | None = None
    """PEM file of the gateway's server certificate; without it, plain HTTP."""

    tls_key: FilePath | None = None
    """Key of that certificate."""

    tls_clients: FilePath | None = None
    """PEM file of the authorities whose client certificates prove who a caller is; with it goes `CXR_CLIENTS`."""

    clients: FilePath | None = None
    """YAML file: which callers there are, by the common name of their certificates, and their scopes."""

    token_file: Path | None = None
    """Holds the token of this product's own services, 32 characters or more: who sends it may do everything. The
    gateway sends it to the listener. Looked at with every request, so that it can be changed."""

    jwks: str = ""
    """Path or https:// address of the public keys (JWK Set) of an authorisation server, whose access tokens (JWT) are
    taken; with it go the next two."""

    token_issuer: str = ""
    """The authorisation server's name, as its tokens give it (iss)."""

    token_audience: str = ""
    """Our name at the authorisation server (aud)."""

    redis: RedisDsn = RedisDsn("redis://127.0.0.1:6379/0")
    """Redis or Valkey, which keeps assessments; without it the gateway is slower and remembers little."""

    redis_password_file: Path | None = None
    """Holds the password for it, instead of the URL."""

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

    assessment_ttl_s: int = Field(24 * 60 * 60, gt=0)
    """How long assessments and pictures can be fetched, and results reused."""

    memory_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """What the gateway itself keeps while Redis is down."""

    redis_timeout_s: float = Field(0.5, gt=0)
    """After this, Redis counts as down."""

    secret: SecretStr | None = None
    """Seals what Redis keeps, and draws the patients of a canary. The same for all gateways; without it, only the
    gateway that assessed a film can say what came of it, until it restarts. Of several lines the first seals, and what
    the others sealed still opens: so it is changed without a loss."""

    secret_file: Path | None = None
    """Holds that secret instead."""

    listener: HttpUrl | None = None
    """URL of the listener's HTTP port, to which DICOMweb is passed on; without it, there is no DICOMweb."""

    listener_ca: FilePath | None = None
    """PEM file of the authority that signed the listener's certificate; without it, the usual authorities."""

    public_url: HttpUrl | None = None
    """URL under which clients know this gateway, for the Retrieve URLs of DICOMweb; without it, what they ask by. A
    proxy that is not on this machine, and speaks TLS for the gateway, makes it necessary."""

    reference: FilePath | None = None
    """Statistics of the training films (model_store/reference.json); without it, drift is not measured."""

    pairs: Path | None = None
    """Folder for what two releases said of the same films, while one is a shadow: without pictures, names and ids, kept
    for 90 days. Without this, nothing is kept."""

    fhir_patient_system: str | None = Field(None, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$")
    """URI of the system of this hospital's patient IDs, such as urn:oid:1.2.3, for FHIR. It is not given where the film
    names who issued the patient's ID; an issuer that is an OID is the system then."""

    hosts: str = ""
    """Names by which clients ask for the gateway, with commas between them; requests for others are refused (421).
    Those of this machine are always taken. Empty: any name, unless it listens on loopback only."""

    cors_origins: Annotated[str, AfterValidator(_origins)] = ""
    """Origins of web pages that may use this API in a browser, such as https://viewer.example, with commas between
    them; any page with *. They need a token, as every caller. Empty: none."""

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Lowest level to log."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        """Anyone may come in only where only this machine can."""
        if bool(self.clients) != bool(self.tls_clients) or (self.tls_clients and not self.tls_certificate):
            raise ValueError("client certificates need CXR_TLS_CLIENTS, CXR_CLIENTS and CXR_TLS_CERTIFICATE")
        if self.jwks and not (self.token_issuer and self.token_audience):
            raise ValueError("CXR_JWKS needs CXR_TOKEN_ISSUER and CXR_TOKEN_AUDIENCE")
        if not (self.closed or is_loopback(self.host)):
            raise ValueError(f"CXR_HOST={self.host} is not loopback, so callers must prove who they are: {PROOFS}")
        return self

    @property
    def problem_stages(self) -> dict[str, str]:
        """Problem to the addresses of its stage's replicas."""
        return _pairs(self.problems)

    @property
    def redis_url(self) -> str:
        """With the password.

        Raises:
            OSError: its file cannot be read.
        """
        if self.redis_password_file is None:
            return str(self.redis)
        parts = urlsplit(str(self.redis))
        password = quote(self.redis_password_file.read_text().strip(), safe="")
        return parts._replace(netloc=f"{parts.username or ''}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()

    def shared_secrets(self) -> list[str]:
        """What seals, and those before it; none where every gateway has its own.

        Raises:
            OSError: their file cannot be read.
            ValueError: one is too short.
        """
        if self.secret_file is not None:
            name, lines = "CXR_SECRET_FILE", self.secret_file.read_text().strip().split("\n")
        elif self.secret is not None:
            name, lines = "CXR_SECRET", self.secret.get_secret_value().strip().split("\n")
        else:
            return []
        found = [line.strip() for line in lines]
        if any(len(secret) < LEAST_CHARACTERS for secret in found):
            raise ValueError(f"{name}: a secret needs {LEAST_CHARACTERS} characters")
        return found

    @property
    def decoding_bytes(self) -> int:
        """What films take while they are decoded."""
        return self.max_decoding_bytes or min(memory_bytes() // 3, 1024 * MEBIBYTE)

    @property
    def closed(self) -> bool:
        """Whether callers have to prove who they are."""
        return bool(self.token_file or self.jwks or self.clients)

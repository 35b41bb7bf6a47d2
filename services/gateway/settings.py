"""The gateway's configuration."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, FilePath, HttpUrl, RedisDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.fleet.addresses import Addresses

MEBIBYTE = 1024 * 1024


def _checked(text: str) -> str:
    Addresses.parse(text)
    return text


At = Annotated[str, AfterValidator(_checked)]
"""host:port of each replica's gRPC inference API, with commas between them; dns:///name:port for all of a name's."""


class Settings(BaseSettings):
    """Read from CXR_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(
        env_prefix="CXR_", env_ignore_empty=True, frozen=True, use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen on; loopback unless told otherwise."""

    port: int = Field(8000, ge=0, le=65535)
    """Port to listen on."""

    discriminator: At = "127.0.0.1:7070"
    """Where the discriminator's replicas are: host:port,host:port or dns:///name:port."""

    segmenter: At = "127.0.0.1:7080"
    """Where the segmenter's replicas are."""

    classifier: At = "127.0.0.1:7090"
    """Where the classifier's replicas are."""

    releases: Path | None = None
    """File of releases, which is followed while the gateway runs; with one, the three above are not used."""

    stage_ca: FilePath | None = None
    """PEM file of the authority that signed the stages' certificates; without one they are spoken to in the clear."""

    stage_certificate: FilePath | None = None
    """PEM file of the gateway's own certificate, where the stages ask for one."""

    stage_key: FilePath | None = None
    """Key of that certificate."""

    tls_certificate: FilePath | None = None
    """PEM file of the certificate that the gateway shows its clients; without one it speaks HTTP in the clear."""

    tls_key: FilePath | None = None
    """Key of that certificate."""

    redis: RedisDsn = RedisDsn("redis://127.0.0.1:6379/0")
    """Where assessments are kept; without it the gateway still answers, only slower and with a short memory."""

    deadline_s: float = Field(10, gt=0)
    """How long one request may take, from the last byte of the upload to the answer."""

    max_in_flight: int = Field(64, gt=0)
    """Requests at work and waiting; beyond it the answer is 429. Urgent ones may be as many more."""

    queue_s: float = Field(2, gt=0)
    """The longest wait that a routine request is taken on for; where more is expected the answer is 429."""

    max_upload_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """A larger file is refused."""

    max_buffered_bytes: int = Field(512 * MEBIBYTE, gt=0)
    """Of all uploads being received at once; beyond it the answer is 429."""

    upload_timeout_s: float = Field(60, gt=0)
    """How long an upload may take to arrive."""

    max_pixels: int = Field(50_000_000, gt=0)
    """Of one film; more are refused before anything is decoded. The largest detectors have about 20 million."""

    assessment_ttl_s: int = Field(24 * 60 * 60, gt=0)
    """How long an assessment and its pictures can be fetched, and a result be used again."""

    memory_bytes: int = Field(64 * MEBIBYTE, gt=0)
    """What the gateway keeps itself while Redis is away."""

    redis_timeout_s: float = Field(0.5, gt=0)
    """After which Redis counts as away."""

    secret: SecretStr | None = Field(None, min_length=16)
    """Seals the header of each DICOM film in Redis, which its DICOM and FHIR results need. The same for all gateways;
    without one, a film's results can be fetched only from the gateway that assessed it, until it restarts."""

    listener: HttpUrl | None = None
    """HTTP door of the listener, which keeps films that come by STOW-RS; without one, STOW-RS is not offered."""

    max_store_bytes: int = Field(256 * MEBIBYTE, gt=0)
    """Of one STOW-RS request, which may hold several films."""

    reference: FilePath | None = None
    """What the training films were like (model_store/reference.json); without one, nothing is told of drift."""

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """Lowest level that is logged."""

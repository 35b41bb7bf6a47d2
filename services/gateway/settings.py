"""The gateway's configuration."""

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, FilePath, HttpUrl, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from auditing.settings import KeptInFiles
from doors.loopback import is_loopback
from gateway.configuration.addresses import Places
from gateway.configuration.callers import Callers
from gateway.configuration.limits import MEBIBYTE, Limits
from gateway.configuration.redis import RedisAddress

LEAST_CHARACTERS = 16
"""Of the secret."""

PROOFS = "set CXR_TOKEN_FILE, CXR_JWKS or CXR_CLIENTS (docs/security.md)"


def _origins(text: str) -> str:
    origins = [each.strip() for each in text.split(",") if each.strip()]
    if wrong := [each for each in origins if not re.fullmatch(r"\*|https?://[^/\s]+", each)]:
        raise ValueError(f"{wrong[0]} is no origin: that is scheme, host and port, as in https://viewer.example:8443")
    return ",".join(origins)


class Settings(Limits, RedisAddress, Callers, Places, KeptInFiles):
    """Read from CXR_* variables; a value that does not fit stops the process at start."""

    model_config = SettingsConfigDict(env_prefix="CXR_", env_ignore_empty=True, frozen=True)

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
    """Statistics of the chest's training films (model_store/reference.json); without it, drift is not measured."""

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

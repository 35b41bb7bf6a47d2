"""Who may come in, and how they prove who they are."""

from pathlib import Path

from pydantic import FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict


class Callers(BaseSettings):
    """Their certificates and tokens, and the gateway's own certificate."""

    model_config = SettingsConfigDict(frozen=True)

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

    @property
    def closed(self) -> bool:
        """Whether callers have to prove who they are."""
        return bool(self.token_file or self.jwks or self.clients)

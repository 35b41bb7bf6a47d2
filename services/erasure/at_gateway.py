"""What a service has forgotten, forgotten at the gateway too, by who asks for it on the command line."""

from pathlib import Path
from typing import Protocol

from pydantic import HttpUrl

from client.errors import GatewayError
from client.gateway import Gateway
from erasure.errands import Done, Errands


class Asks(Protocol):
    """The settings of a service that asks a gateway."""

    @property
    def folder(self) -> Path:
        """The service's."""

    @property
    def gateway(self) -> HttpUrl:
        """Its URL."""

    @property
    def gateway_timeout_s(self) -> float:
        """After which it counts as down."""

    @property
    def token_file(self) -> Path | None:
        """Holds the token that it asks for."""


def forget_at_gateway(settings: Asks) -> Done:
    """Ask for all that the service noted, and is left. Raises OSError where its list cannot be read or changed."""
    with Gateway(str(settings.gateway), settings.gateway_timeout_s, settings.token_file) as gateway:
        return Errands(settings.folder).run(gateway.forget, GatewayError)

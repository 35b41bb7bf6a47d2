"""Routes: which results go to which peer, in which way; and which films are urgent.

One YAML file; docs/integration.md explains it.
"""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from scp.urgency import Keyword, Patterns

Result = Literal["sr", "lungs", "overlay", "fhir", "amendment"]
"""amendment is what a reader says of the others: a structured report, or a Bundle where it goes to a FHIR server."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DicomPeer(_Strict):
    """A peer that is sent to by C-STORE, and asked by C-FIND."""

    host: str
    port: int = Field(gt=0, le=65535)
    aet: str = Field(min_length=1, max_length=16)
    tls: bool = False
    """Whether it speaks TLS; its certificate must be one that this machine trusts, or that of tls_authority."""
    tls_authority: Path | None = None


class WebPeer(_Strict):
    """A peer that is sent to over HTTP: STOW-RS, and asked by QIDO-RS; or a FHIR server."""

    url: HttpUrl
    token_file: Path | None = None
    """Holds a bearer token; read at every use, so that it can be renewed."""


class Route(_Strict):
    """One route. Exactly one of dicom, dicomweb and fhir says how."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    results: tuple[Result, ...] = Field(min_length=1)
    outcomes: tuple[Literal["assessed", "refused", "failed"], ...] = ("assessed", "refused", "failed")
    """Of which films. Leaving out failed makes silence look like normal: think twice."""
    dicom: DicomPeer | None = None
    dicomweb: WebPeer | None = None
    fhir: WebPeer | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(peer is not None for peer in (self.dicom, self.dicomweb, self.fhir)) != 1:
            raise ValueError("exactly one of dicom, dicomweb and fhir is wanted")
        if self.fhir and set(self.results) - {"fhir", "amendment"}:
            raise ValueError("a FHIR server takes the results fhir and amendment, and no other")
        if not self.fhir and "fhir" in self.results:
            raise ValueError("the result fhir goes to a FHIR server only")
        return self


class Routes(_Strict):
    """All of them; names are unique."""

    routes: tuple[Route, ...] = ()
    urgent: dict[Keyword, Patterns] = {}
    """Films of which an attribute fits one of its patterns go before the others."""

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [route.name for route in self.routes]
        if len(set(names)) != len(names):
            raise ValueError("two routes have the same name")
        return self

    def named(self, name: str) -> Route:
        """The route of that name.

        Raises:
            ValueError: there is none.
        """
        for route in self.routes:
            if route.name == name:
                return route
        raise ValueError(f"no route {name}; there are: {', '.join(route.name for route in self.routes) or 'none'}")


def read_routes(path: Path | None) -> Routes:
    """The file's routes and its rule of urgency; neither without a file.

    Raises:
        ValueError: it cannot be read; says what is wrong.
    """
    if path is None:
        return Routes()
    try:
        return Routes.model_validate(yaml.safe_load(path.read_text()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{path}: {wrong}") from error

"""Routes: which results go to which peer, in which way; and which films are urgent.

One YAML file; docs/integration.md explains it.
"""

from pathlib import Path
from typing import Literal, Self, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from scp.urgency import Keyword, Patterns

Result = Literal["sr", "lungs", "overlay", "fhir", "assessment", "oru", "amendment"]
"""amendment is what a reader says of the others: a structured report, or a Bundle where it goes to a FHIR server."""

DICOM_RESULTS = frozenset({"sr", "lungs", "overlay", "amendment"})
TAKES: dict[str, frozenset[str]] = {
    "dicom": DICOM_RESULTS,
    "dicomweb": DICOM_RESULTS,
    "fhir": frozenset({"fhir", "amendment"}),
    "webhook": frozenset({"assessment"}),
    "hl7": frozenset({"oru"}),
}
"""Kind of peer to the results that it takes."""

HL7_NAME = r"^[A-Za-z0-9_. -]{0,180}$"
"""Of an application or a facility: what needs no escape in a message."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _SocketPeer(_Strict):
    """A peer at an address of its own, with a protocol other than HTTP."""

    host: str
    port: int = Field(gt=0, le=65535)
    tls: bool = False
    """Whether it speaks TLS; its certificate must be one that this machine trusts, or that of tls_authority."""
    tls_authority: Path | None = None


class DicomPeer(_SocketPeer):
    """A peer that is sent to by C-STORE, and asked by C-FIND."""

    aet: str = Field(min_length=1, max_length=16)


class Hl7Peer(_SocketPeer):
    """A receiver of HL7 version 2 messages over MLLP."""

    application: str = Field(pattern=HL7_NAME)
    """Receiving application, MSH-5."""
    facility: str = Field("", pattern=HL7_NAME)
    """Receiving facility, MSH-6."""


class WebPeer(_Strict):
    """A peer that is sent to over HTTP: by STOW-RS, and asked by QIDO-RS."""

    url: HttpUrl
    token_file: Path | None = None
    """Holds a bearer token; read at every use, so that it can be renewed."""


class FhirPeer(WebPeer):
    """A FHIR server."""

    bundle: Literal["collection", "transaction"] = "collection"
    """Kept as one Bundle, as it is; or each resource where searches find it."""


class WebhookPeer(WebPeer):
    """A receiver of events over HTTP."""

    secret_file: Path
    """Holds the secret that events are signed with, `whsec_...`, one a line; read at every use, as the token is."""


class Route(_Strict):
    """One route. Exactly one kind of peer says how."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    results: tuple[Result, ...] = Field(min_length=1)
    outcomes: tuple[Literal["assessed", "refused", "failed"], ...] = ("assessed", "refused", "failed")
    """Of which films. Leaving out failed makes silence look like normal: think twice."""
    dicom: DicomPeer | None = None
    dicomweb: WebPeer | None = None
    fhir: FhirPeer | None = None

    webhook: WebhookPeer | None = None
    hl7: Hl7Peer | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [kind for kind in TAKES if getattr(self, kind) is not None]
        if len(ways) != 1:
            raise ValueError(f"exactly one of {', '.join(TAKES)} is wanted")
        (way,) = ways
        if wrong := sorted(set(self.results) - TAKES[way]):
            takes = ", ".join(each for each in get_args(Result) if each in TAKES[way])
            raise ValueError(f"{way} takes the results {takes}, not {', '.join(wrong)}")
        return self

    @property
    def is_asked(self) -> bool:
        """Whether its peer can be asked what it has."""
        return self.dicom is not None or self.dicomweb is not None


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

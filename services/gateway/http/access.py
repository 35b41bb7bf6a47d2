"""Who may ask the gateway what."""

from fastapi import FastAPI

from doors.access.certificates import Certificates
from doors.access.guard import Guard, Proofs, Rule
from doors.access.keys import Keys
from doors.access.tokens import FileToken, SignedTokens, read_token
from doors.hosts import Hosts
from doors.loopback import is_loopback
from doors.origin import SameOrigin
from doors.problems import Problems
from gateway.settings import Settings

ASSESSMENT = "/v1/assessments/[^/]+"

RULES = (
    Rule("GET", "/|/livez|/readyz|/metrics|/top|/openapi.json|/docs(/.*)?|/redoc|/static-offline-docs/.*", None),
    Rule("POST", "/v1/assessments|/dicomweb/studies(/.*)?", "films:write"),
    Rule("DELETE", ASSESSMENT, "films:write", instead="amend:write"),
    Rule("GET", "/v1/assessments", "feed:read"),
    Rule("GET", f"{ASSESSMENT}/header", "header:read"),
    Rule("GET", f"{ASSESSMENT}(/.*)?", "results:read"),
    Rule("GET", "/dicomweb/.*", "feed:read"),
    Rule("GET", "/v1/top", "top:read"),
)
"""The first that fits; what none is about is for callers who are known, and is not there."""

WATCHED = ("/livez", "/readyz", "/metrics")
"""What machines ask for by whichever address they have."""


def let_in(app: FastAPI, settings: Settings, problems: Problems) -> None:
    """Let in who can prove who they are; where nothing is set that would, anyone: then it is on loopback.

    No page of another site gets through to it, by a name that was made to lead here or by a form that it sends.

    Raises:
        ValueError: the token's or the clients' file is not as it should be.
        OSError: it cannot be read.
    """
    if settings.closed:
        app.add_middleware(Guard, proofs=_proofs(settings), rules=RULES, problems=problems)
    app.add_middleware(SameOrigin, allowed=_listed(settings.cors_origins))
    if settings.hosts or is_loopback(settings.host):
        app.add_middleware(Hosts, names=_listed(settings.hosts), open_paths=WATCHED)


def _proofs(settings: Settings) -> Proofs:
    if settings.token_file:
        read_token(settings.token_file)  # now, and not when the first caller comes
    return Proofs(
        FileToken(settings.token_file) if settings.token_file else None,
        SignedTokens(Keys(settings.jwks), settings.token_issuer, settings.token_audience) if settings.jwks else None,
        Certificates.read(settings.clients) if settings.clients else None,
    )


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]

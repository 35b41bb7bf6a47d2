"""An OpenID Connect provider, asked who somebody is: authorization code with PKCE.

Source: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE), RFC 9207 (issuer in the answer).
What the provider says about itself is fetched at every log-in: log-ins are rare, and its keys change.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from client import authorities
from doors.loopback import is_loopback
from review.door.oidc_tokens import Wanted, verify_id_token
from review.errors import LogInError, ProviderError
from review.languages.texts import gettext as _
from review.settings import Settings

TIMEOUT_S = 10

Json = dict[str, Any]


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Flow:
    """One log-in on its way: kept in the browser that began it, and good there only."""

    next: str
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)


class Provider:
    """The provider of the settings."""

    def __init__(self, settings: Settings, redirect_uri: str) -> None:
        self.issuer = str(settings.oidc_issuer).rstrip("/")
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else ""
        self._redirect_uri = redirect_uri
        self._wanted = Wanted(settings.oidc_client_id, settings.oidc_acr_values.split(), settings.oidc_max_age_s)

    def begin(self, flow: Flow) -> str:
        """Where to send the browser.

        Raises:
            ProviderError: the provider does not answer, or not as it should.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid profile email",
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | self._wanted.asked_for()
        with _client() as client:
            endpoint = _endpoint(self._discover(client), "authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    def finish(self, flow: Flow, code: str, issuer: str | None) -> Json:
        """The claims of who came back with a code.

        Args:
            issuer: as the answer has it, where it has one.

        Raises:
            LogInError: it is not as it should be; says what.
            ProviderError: the provider does not answer, or not as it should.
        """
        with _client() as client:
            about = self._discover(client)
            if issuer is not None and issuer != about["issuer"]:
                raise LogInError(_("the answer is from another provider than was asked"))
            token = self._redeem(client, about, flow, code)
            keys = _json(client, "GET", _endpoint(about, "jwks_uri"))
        return verify_id_token(token, keys, about["issuer"], flow.nonce, self._wanted)

    def keys(self) -> tuple[str, Json]:
        """What the provider calls itself, and its public keys (JWK Set).

        Raises:
            ProviderError: the provider does not answer, or not as it should.
        """
        with _client() as client:
            about = self._discover(client)
            return about["issuer"], _json(client, "GET", _endpoint(about, "jwks_uri"))

    def _discover(self, client: httpx.Client) -> Json:
        about = _json(client, "GET", f"{self.issuer}/.well-known/openid-configuration")
        if str(about.get("issuer")).rstrip("/") != self.issuer:
            raise ProviderError(_("the provider calls itself another name than the settings do (REVIEW_OIDC_ISSUER)"))
        return about

    def _redeem(self, client: httpx.Client, about: Json, flow: Flow, code: str) -> str:
        """The ID token for a code (RFC 6749, 4.1.3; the secret as in 2.3.1)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": flow.verifier,
        }
        credentials: Json = {}
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in methods:
            credentials = {"auth": (quote(self._client_id, safe=""), quote(self._secret, safe=""))}
        else:
            form |= {"client_id": self._client_id, "client_secret": self._secret}
        answer = _json(client, "POST", _endpoint(about, "token_endpoint"), data=form, **credentials)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise LogInError(_("the provider did not say who you are: its answer has no ID token"))
        return token


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, verify=authorities.usual())


def _endpoint(about: Json, name: str) -> str:
    """An address of the provider's; over HTTPS, unless it is on this machine."""
    url = str(about.get(name) or "")
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return url
    raise ProviderError(_("the provider has no %(name)s over HTTPS", name=name))


def _json(client: httpx.Client, method: str, url: str, **options: Any) -> Json:
    try:
        response = client.request(method, url, headers={"Accept": "application/json"}, **options)
    except httpx.HTTPError as error:
        raise ProviderError(_("the provider does not answer: try again later, or log in with a password")) from error
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.is_client_error and method == "POST":
        code = body.get("error") if isinstance(body, dict) else None
        why = str(code or response.status_code)[:40]
        raise LogInError(_("the provider does not accept the log-in (%(why)s)", why=why))
    if not response.is_success or not isinstance(body, dict):
        status = response.status_code
        raise ProviderError(
            _("the provider answers %(status)s: try again later, or log in with a password", status=status)
        )
    return body

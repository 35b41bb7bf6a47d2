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
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from doors.loopback import is_loopback
from review.errors import LogInError, ProviderError
from review.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key that the provider alone has; not none, and none of a secret that we share (RFC 8725, 3.1)."""

LEEWAY_S = 60
"""How far the provider's clock may be from ours."""

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
        self._issuer = str(settings.oidc_issuer).rstrip("/")
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else ""
        self._redirect_uri = redirect_uri

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
        }
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
                raise LogInError("the answer is from another provider than was asked")
            token = self._redeem(client, about, flow, code)
            keys = _json(client, "GET", _endpoint(about, "jwks_uri"))
        return self._verify(token, keys, about["issuer"], flow.nonce)

    def _discover(self, client: httpx.Client) -> Json:
        about = _json(client, "GET", f"{self._issuer}/.well-known/openid-configuration")
        if str(about.get("issuer")).rstrip("/") != self._issuer:
            raise ProviderError("the provider calls itself another name than the settings do (REVIEW_OIDC_ISSUER)")
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
            raise LogInError("the provider did not say who you are: its answer has no ID token")
        return token

    def _verify(self, token: str, keys: Json, issuer: str, nonce: str) -> Json:
        """The claims of an ID token that the provider signed, for us, now and for this log-in (Core, 3.1.3.7)."""
        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), ALGORITHMS).claims
            wanted.validate(claims)
        except ExpiredTokenError as error:
            raise LogInError("the provider's ID token has expired: is this machine's clock right?") from error
        except (JoseError, KeyError, TypeError, ValueError) as error:
            told = f" ({error})" if isinstance(error, JoseError) else ""
            raise LogInError(f"the provider's ID token is not to be trusted{told[:200]}") from error
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims.get("azp", self._client_id) != self._client_id or (len(audience) > 1 and "azp" not in claims):
            raise LogInError("the provider's ID token is for another application")
        return claims


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)


def _endpoint(about: Json, name: str) -> str:
    """An address of the provider's; over HTTPS, unless it is on this machine."""
    url = str(about.get(name) or "")
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return url
    raise ProviderError(f"the provider has no {name} over HTTPS")


def _json(client: httpx.Client, method: str, url: str, **options: Any) -> Json:
    try:
        response = client.request(method, url, headers={"Accept": "application/json"}, **options)
    except httpx.HTTPError as error:
        raise ProviderError("the provider does not answer: try again later, or log in with a password") from error
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.is_client_error and method == "POST":
        code = body.get("error") if isinstance(body, dict) else None
        raise LogInError(f"the provider does not accept the log-in ({str(code or response.status_code)[:40]})")
    if not response.is_success or not isinstance(body, dict):
        raise ProviderError(f"the provider answers {response.status_code}: try again later, or log in with a password")
    return body

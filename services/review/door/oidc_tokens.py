"""What an OpenID Connect provider signs: who somebody is, and that they have logged out.

Source: OpenID Connect Core 1.0, 3.1.3.7 (ID token); Back-Channel Logout 1.0, 2.4 and 2.6 (log-out token).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from review.errors import LogInError
from review.languages.texts import gettext as _

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key that the provider alone has; not none, and none of a secret that we share (RFC 8725, 3.1)."""

LEEWAY_S = 60
"""How far the provider's clock may be from ours."""

LOG_OUT = "http://schemas.openid.net/event/backchannel-logout"
"""The event of a log-out token. Source: Back-Channel Logout 1.0, 2.4."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What we want of an ID token."""

    client_id: str
    classes: Sequence[str] = ()
    """Authentication context classes (acr), any of which will do; none: as the provider likes."""
    max_age_s: int | None = None
    """Longest time since they proved who they are."""

    def asked_for(self) -> dict[str, str]:
        """Of it, what the provider is asked for. Source: Core, 3.1.2.1."""
        asked = {"acr_values": " ".join(self.classes)} if self.classes else {}
        return asked | ({"max_age": str(self.max_age_s)} if self.max_age_s is not None else {})


def verify_id_token(token: str, keys: Json, issuer: str, nonce: str, wanted: Wanted) -> Json:
    """The claims of an ID token that the provider signed, for us, now and for this log-in.

    Raises:
        LogInError: it is not as it should be; says what.
    """
    needed = {"sub": {"essential": True}, "nonce": {"essential": True, "value": nonce}}
    claims = _verified(token, keys, issuer, wanted.client_id, needed, "ID token")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", wanted.client_id) != wanted.client_id or (len(audience) > 1 and "azp" not in claims):
        raise LogInError(_("the provider's ID token is for another application"))
    if wanted.classes and claims.get("acr") not in wanted.classes:
        raise LogInError(
            _("the provider has not made as sure who you are as is asked for here: log in there with more")
        )
    if wanted.max_age_s is not None:
        _check_fresh(claims.get("auth_time"), wanted.max_age_s)
    return claims


def verify_log_out_token(token: str, keys: Json, issuer: str, client_id: str) -> Json:
    """The claims of a log-out token that the provider signed, for us and now; it has jti, and sub or sid.

    Raises:
        LogInError: it is not as it should be; says what.
    """
    claims = _verified(token, keys, issuer, client_id, {"jti": {"essential": True}}, "log-out token")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOG_OUT), dict):
        raise LogInError(_("the provider's token is not one of a log-out"))
    if "nonce" in claims:  # an ID token is none, whatever else it has
        raise LogInError(_("a log-out token has no nonce"))
    named = [claims[each] for each in ("sub", "sid") if each in claims]
    if not named or not all(isinstance(each, str) and each for each in (*named, claims["jti"])):
        raise LogInError(_("the log-out token does not say who has logged out"))
    return claims


def _verified(token: str, keys: Json, issuer: str, client_id: str, needed: Json, what: str) -> Json:
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        exp={"essential": True},
        iat={"essential": True},
        **needed,
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), ALGORITHMS).claims
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise LogInError(_("the provider's %(what)s has expired: is this machine's clock right?", what=what)) from error
    except (JoseError, KeyError, TypeError, ValueError) as error:
        told = f" ({error})" if isinstance(error, JoseError) else ""
        raise LogInError(_("the provider's %(what)s is not to be trusted%(why)s", what=what, why=told[:200])) from error
    return claims


def _check_fresh(auth_time: Any, max_age_s: int) -> None:
    """Refuse a log-in at the provider that is too long ago, or of which it does not say when it was."""
    if not isinstance(auth_time, int | float) or isinstance(auth_time, bool):
        raise LogInError(_("the provider does not say when you logged in there, which is asked for"))
    age_s = datetime.now(UTC).timestamp() - auth_time
    if not -LEEWAY_S <= age_s <= max_age_s + LEEWAY_S:
        raise LogInError(_("you logged in at the provider too long ago: log in there again"))

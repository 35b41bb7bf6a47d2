"""How the database knows whom the identity provider means."""

import hashlib

from review.door.logins import fingerprint
from review.door.oidc_tokens import Json


def subject_of(claims: Json) -> str:
    """Issuer and subject, which together are a person for ever (OpenID Connect Core, 5.7)."""
    subject = f"{claims['iss']} {claims['sub']}"
    return subject if len(subject) <= 255 else hashlib.sha256(subject.encode()).hexdigest()


def provider_session(claims: Json) -> str | None:
    """Issuer and session ID, which together are a session there; None where the provider says none.

    Source:
        OpenID Connect Back-Channel Logout 1.0, 2.1.
    """
    sid = claims.get("sid")
    return fingerprint(f"{claims['iss']} {sid}") if isinstance(sid, str) and sid else None

"""Two callers whom the gateway knows, as an authorisation server would name them: one is honest, and one is not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER, AUDIENCE = "https://login.example/attack", "cxr-cascade"
HONEST, HOSTILE = "honest", "hostile"
SCOPE = "films:write results:read"
VALID_S = 24 * 3600


class Callers:
    """Signs their tokens."""

    def __init__(self, folder: Path) -> None:
        """Its public key is a file there."""
        self._key = ECKey.generate_key("P-256")
        self._keys = folder / "keys.json"
        self._keys.write_text(json.dumps({"keys": [self._key.as_dict(private=False, kid=self._key.thumbprint())]}))

    @property
    def environment(self) -> dict[str, str]:
        """By which a gateway knows them."""
        return {"CXR_JWKS": str(self._keys), "CXR_TOKEN_ISSUER": ISSUER, "CXR_TOKEN_AUDIENCE": AUDIENCE}

    def token(self, name: str) -> str:
        """Of one of them."""
        told = {"alg": "ES256", "kid": self._key.thumbprint()}
        end = int(time.time()) + VALID_S
        said = {"iss": ISSUER, "aud": AUDIENCE, "client_id": name, "exp": end, "scope": SCOPE}
        return jwt.encode(told, said, self._key)


class Bearer(httpx.Auth):
    """Sends a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        """One request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

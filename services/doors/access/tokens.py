"""Bearer tokens (RFC 6750): a file's, or a JWT of the hospital's authorisation server (RFC 7519, RFC 9068)."""

import hmac
from pathlib import Path

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet
from starlette.datastructures import Headers
from starlette.types import Scope

from doors.access.caller import ALL, OURS, Caller, rights
from doors.access.errors import UnauthenticatedError
from doors.access.keys import Keys

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384"]
"""Of signatures; none is symmetric, so that who checks cannot sign. Source: RFC 8725, 3.1."""

LEEWAY_S = 30
"""By which clocks may differ."""

LEAST_CHARACTERS = 32
"""Of a file's token. Source: 128 bits, as hexadecimal digits."""


def bearer(scope: Scope) -> str | None:
    """The token of a request; None without one.

    Raises:
        UnauthenticatedError: Authorization has something else.
    """
    given = Headers(scope=scope).get("authorization")
    if given is None:
        return None
    kind, _, token = given.partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise UnauthenticatedError("Authorization takes a bearer token here", "invalid_request")
    return token.strip()


class FileToken:
    """The token of this product's own services. The file is looked at with every request, so that it can be changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] = (0, 0)
        self._token = b""

    def caller(self, token: str) -> Caller | None:
        """Who sent a token, if it is this one."""
        return Caller(OURS, ALL) if hmac.compare_digest(token.encode(), self._current()) else None

    def _current(self) -> bytes:
        """Raises UnauthenticatedError where there is none: then nobody has it."""
        try:
            found = self._path.stat()
            if (found.st_mtime_ns, found.st_ino) != self._seen:
                self._token = read_token(self._path).encode()
                self._seen = found.st_mtime_ns, found.st_ino
        except (OSError, ValueError) as error:
            raise UnauthenticatedError("the file of the token cannot be read", "invalid_token") from error
        return self._token


def read_token(path: Path) -> str:
    """The token in a file.

    Raises:
        OSError: it cannot be read.
        ValueError: what is in it can be guessed.
    """
    token = path.read_text().strip()
    if len(token) < LEAST_CHARACTERS:
        raise ValueError(f"{path}: a token needs {LEAST_CHARACTERS} characters (openssl rand -hex 32)")
    return token


class SignedTokens:
    """JWT access tokens: signed by one issuer, for us, and not expired."""

    def __init__(self, keys: Keys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )

    async def caller(self, token: str) -> Caller:
        """Who sent a token.

        Raises:
            UnauthenticatedError: it is not to be trusted.
            KeysUnavailableError: the keys cannot be had.
        """
        claims = _signed(token, await self._keys.known())
        if claims is None and (newer := await self._keys.newer()):
            claims = _signed(token, newer)
        if claims is None:
            raise UnauthenticatedError("the token is not signed with a key of the issuer's", "invalid_token")
        return self._checked(claims)

    def _checked(self, claims: dict[str, object]) -> Caller:
        try:
            self._wanted.validate(claims)
        except ExpiredTokenError as error:
            raise UnauthenticatedError("the token has expired", "invalid_token") from error
        except JoseError as error:
            raise UnauthenticatedError(f"the token is not for us: {error}"[:200], "invalid_token") from error
        name = next((str(claims[each]) for each in ("client_id", "azp", "sub") if claims.get(each)), "")
        if not name or name == OURS:
            raise UnauthenticatedError("the token names no client", "invalid_token")
        return Caller(name[:64], rights(claims.get("scope") or claims.get("scp")))


def _signed(token: str, keys: KeySet) -> dict[str, object] | None:
    """The claims of a token; None where none of the keys has signed it."""
    try:
        return dict(jwt.decode(token, keys, ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError):
        return None

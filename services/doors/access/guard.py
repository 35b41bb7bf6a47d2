"""An ASGI layer that lets a request in, or says why not, before anything else is done for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from doors.access.caller import KEY, Caller, Right
from doors.access.certificates import Certificates
from doors.access.errors import ForbiddenError, KeysUnavailableError, UnauthenticatedError
from doors.access.tokens import FileToken, SignedTokens, bearer
from doors.problems import Problems


@dataclass(frozen=True)
class Rule:
    """Of a path: who may ask it."""

    method: str
    """Or *, any."""
    path: str
    """A regular expression of the whole path."""
    right: Right | None
    """What a caller needs; None: it need not say who it is."""
    instead: Right | None = None
    """What will do as well."""

    def fits(self, method: str, path: str) -> bool:
        """Whether it is about such a request."""
        return self.method in ("*", method) and re.fullmatch(self.path, path) is not None


@dataclass(frozen=True)
class Proofs:
    """What a door takes as proof of who a caller is."""

    file: FileToken | None = None
    signed: SignedTokens | None = None
    certificates: Certificates | None = None

    async def caller(self, scope: Scope) -> Caller:
        """Who a request comes from. A token goes before a certificate, which may be that of a proxy.

        Raises:
            UnauthenticatedError: it does not say, or cannot prove it.
            KeysUnavailableError: the keys that would prove it cannot be had now.
        """
        if token := bearer(scope):
            if self.file and (caller := self.file.caller(token)):
                return caller
            if self.signed:
                return await self.signed.caller(token)
            raise UnauthenticatedError("the token is not known here", "invalid_token")
        if self.certificates and (caller := self.certificates.caller(scope)):
            return caller
        raise UnauthenticatedError("say who you are: Authorization: Bearer and a token, or a client certificate")


class Guard:
    """ASGI middleware. What no rule is about needs a caller who is known, and no right."""

    def __init__(self, app: ASGIApp, proofs: Proofs, rules: Sequence[Rule], problems: Problems) -> None:
        self._app = app
        self._proofs = proofs
        self._rules = rules
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, of a caller who may ask it."""
        if scope["type"] == "http":
            try:
                await self._check(scope)
            except (UnauthenticatedError, ForbiddenError, KeysUnavailableError) as error:
                await self._problems.answer(error, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        rule = next((each for each in self._rules if each.fits(scope["method"], scope["path"])), None)
        if rule and rule.right is None:
            return
        caller = await self._proofs.caller(scope)
        scope.setdefault("state", {})[KEY] = caller
        if rule and rule.right and caller.rights.isdisjoint((rule.right, rule.instead)):
            raise ForbiddenError(rule.right)

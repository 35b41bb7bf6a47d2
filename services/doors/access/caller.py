"""A system that asks, and what it may do."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from starlette.requests import HTTPConnection

Right = Literal["films:write", "results:read", "header:read", "feed:read", "amend:write", "top:read"]
"""What a caller may do, as OAuth 2 scopes: send films, and have them forgotten; fetch what became of its own; fetch
their headers; learn of everybody's; hand over readers' opinions, and have anybody's assessments forgotten; see how much
is done, and how fast. Source: RFC 6749, 3.3."""

ALL: frozenset[Right] = frozenset(get_args(Right))

KEY = "caller"


@dataclass(frozen=True)
class Caller:
    """Who a request comes from."""

    name: str
    """A system's, not a person's: it may stand in a log."""
    rights: frozenset[Right]

    @classmethod
    def of(cls, request: HTTPConnection) -> "Caller":
        """Of a request that was let in; anyone, where a door is open."""
        known: Caller = request.scope.get("state", {}).get(KEY, ANYONE)
        return known

    def may_see(self, owner: str) -> bool:
        """Whether it may fetch what that caller had assessed."""
        return self.name == owner or "feed:read" in self.rights

    def may_remove(self, owner: str) -> bool:
        """Whether it may have forgotten what that caller had assessed."""
        return self.name == owner or "amend:write" in self.rights


ANYONE = Caller("", ALL)
"""At a door that asks nobody who they are, which is on loopback only."""

OURS = "cxr-cascade"
"""The name under which this product's own services come, and whoever is at this machine as their user."""


def rights(told: Any) -> frozenset[Right]:
    """Those of a list, or of a text with spaces, that there are."""
    words = told.split() if isinstance(told, str) else told if isinstance(told, list) else []
    return frozenset(each for each in ALL if each in words)

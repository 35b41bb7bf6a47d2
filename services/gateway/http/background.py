"""Reads in the background: they let the films that are being assessed go before."""

from typing import Annotated

from fastapi import Header, Request

from gateway.http.state import Gateway

LOWEST = "u=7"
"""Of a Priority header. Source: RFC 9218, 4.1: reserved for background tasks."""

QUIET_S = 0.25
"""Without a film: longer than it takes whoever sends one after another to send the next."""

MAX_WAIT_S = 10.0
"""That such a read waits: who asks for one picture after another is slow then, and not stopped."""


async def after_films(
    request: Request,
    priority: Annotated[str, Header(description="u=7: after the films that are being assessed, or 10 seconds")] = "",
) -> None:
    """Return when no film has been at work for QUIET_S, or after MAX_WAIT_S; at once unless it is in the background."""
    if LOWEST in (each.strip().lower() for each in priority.split(",")):
        await Gateway.of(request).admission.quiet(QUIET_S, MAX_WAIT_S)

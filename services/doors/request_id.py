"""The id of a request, by which its lines in all logs, its spans and its answer are found."""

import structlog


def current_request_id() -> str | None:
    """That of the request that is being answered."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return str(found) if found else None

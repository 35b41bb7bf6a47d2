"""What the gateway's answers mean. Only its own problem details say that a request is in vain."""

from typing import Any

import httpx

from client.errors import FailedError, GatewayError, LaterError, RefusedError
from results.reading import Answered
from results.whole_reading import read_whole_reading

LATER = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
"""Of the gateway's own statuses, those after which the same request may succeed."""

RUNNING = "still-running"
"""Code of the gateway for what it does not forget before it is finished. Its status, 409, others of ours use, too."""

OWN = (
    httpx.codes.BAD_REQUEST,
    httpx.codes.NOT_FOUND,
    httpx.codes.NOT_ACCEPTABLE,
    httpx.codes.REQUEST_ENTITY_TOO_LARGE,
    httpx.codes.UNSUPPORTED_MEDIA_TYPE,
    httpx.codes.UNPROCESSABLE_ENTITY,
)
"""Below 500, those with which the gateway refuses. Others, such as 401 and 405, are of what else tells problems as it
does: the reading room, at whose address somebody looks for the gateway. Source: gateway.problem.STATUS."""

TO_SET_RIGHT = ("unauthenticated", "forbidden", "host")
"""Codes of the gateway where we cannot prove who we are, or call it by a name that is not its own: somebody has to set
that right, and no film is lost meanwhile. Source: doors.access.errors, doors.errors."""

MAX_RETRY_AFTER_S = 300
"""A proxy's guess must not hold up films for hours."""

Json = dict[str, Any]


def json(response: httpx.Response) -> Json:
    """The body of an answer that has to be the gateway's.

    Raises:
        LaterError: it is no JSON object: a log-in page, or another program's.
    """
    try:
        found = response.json()
    except ValueError as error:
        raise _of_another(response) from error
    if not isinstance(found, dict):
        raise _of_another(response)
    return found


def page(response: httpx.Response) -> tuple[list[Any], str]:
    """What a page of the feed lists, one by one as it came, and the cursor after it.

    Raises:
        LaterError: it is none.
    """
    found = json(response)
    listed, after = found.get("assessments"), found.get("next")
    if not isinstance(listed, list) or not isinstance(after, str):
        raise _of_another(response)
    return listed, after


def reading(response: httpx.Response) -> Answered:
    """The reading in an answer that has to be the gateway's.

    Raises:
        LaterError: it is none: another program's, or an earlier gateway's, which answers in JSON alone.
    """
    try:
        return read_whole_reading(response.content)
    except ValueError as error:
        raise _of_another(response) from error


def error_of(response: httpx.Response) -> GatewayError:
    """The error that an answer without success is.

    What is not the gateway's own problem details comes from something between us and it, or in its place: a proxy while
    it restarts, a mesh that wants a certificate, another program behind a wrong address. None of these knows the film.
    """
    problem = _problem(response)
    if problem is None:
        return _of_another(response)
    code, detail = problem
    if code in TO_SET_RIGHT:
        return LaterError(code, detail)
    if response.status_code in LATER or code == RUNNING:
        return LaterError(code, detail, _retry_after_s(response))
    if response.is_server_error:
        return FailedError(code, detail)
    return RefusedError(code, detail) if response.status_code in OWN else _of_another(response)


def _of_another(response: httpx.Response) -> LaterError:
    detail = f"something that is not the gateway answers in its place, with status {response.status_code}"
    return LaterError(f"http-{response.status_code}", detail, _retry_after_s(response))


def _problem(response: httpx.Response) -> tuple[str, str] | None:
    """Code and detail, where they are the gateway's. Source: RFC 9457, 3; its codes: gateway.problem."""
    if not response.headers.get("Content-Type", "").startswith("application/problem+json"):
        return None
    try:
        body = response.json()
        return (str(body["code"]), str(body["detail"])) if str(body["type"]).startswith("urn:cxr:") else None
    except (ValueError, KeyError, TypeError):
        return None


def _retry_after_s(response: httpx.Response) -> int | None:
    """Of Retry-After in seconds; its other form, a date (RFC 9110, 10.2.3), is not what the gateway sends."""
    after = response.headers.get("Retry-After", "")
    return min(int(after), MAX_RETRY_AFTER_S) if after.isdecimal() else None

"""What the gateway's answers mean, and what is not its answer."""

from http import HTTPStatus

import httpx
import pytest

from client.answers import LATER, MAX_RETRY_AFTER_S, OWN, RUNNING, error_of, json, page, reading
from client.errors import FailedError, LaterError, RefusedError
from cxr.errors import CxrError, InputError, MalformedError
from doors.access.errors import ForbiddenError, UnauthenticatedError
from doors.errors import MisdirectedError
from gateway import errors
from gateway.errors import RunningError
from gateway.problem import STATUS, problem

PROBLEM = "application/problem+json"
TO_BE_SET_RIGHT = (
    UnauthenticatedError("say who you are"),
    ForbiddenError("films:write"),
    MisdirectedError("not by that"),
)


def answer(status: int, content: bytes, kind: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, content=content, headers={"Content-Type": kind} | headers)


def told(error: CxrError, **headers: str) -> httpx.Response:
    """As the gateway tells it."""
    body = problem(error)
    return answer(body.status, body.model_dump_json().encode(), PROBLEM, **headers)


@pytest.mark.parametrize("kind", [kind for kind in STATUS if issubclass(kind, InputError)])
def test_what_is_wrong_with_a_film_is_never_tried_again(kind):
    error = error_of(told(kind("one reason")))

    assert isinstance(error, RefusedError)
    assert (error.code, str(error)) == (kind.code, "one reason")


@pytest.mark.parametrize(
    ("error", "meant"),
    [
        (errors.StageUnavailableError("classifier", "not up"), LaterError),
        (errors.StageTimeoutError("classifier", "slow"), LaterError),
        (errors.StoreUnavailableError("Redis is away"), LaterError),
        (errors.StageError("classifier", "failed"), FailedError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CxrError) else value.__name__,
)
def test_a_stage_that_is_away_is_waited_for_and_one_that_fails_is_told(error, meant):
    assert type(error_of(told(error))) is meant


def test_when_to_come_back_is_told_and_a_proxys_guess_is_bounded():
    error = MalformedError("no")

    assert error_of(answer(503, b"", "text/html", **{"Retry-After": "7"})).retry_after_s == 7
    assert error_of(answer(503, b"", "text/html", **{"Retry-After": "86400"})).retry_after_s == MAX_RETRY_AFTER_S
    assert error_of(answer(503, b"", "text/html", **{"Retry-After": "Wed, 21 Oct 2026"})).retry_after_s is None
    assert error_of(told(error, **{"Retry-After": "7"})).retry_after_s is None  # the film will not become better


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422, 500, 501, 502, 503])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<h1>Bad Gateway</h1>", "text/html"),
        (b"", PROBLEM),
        (b'{"code": "not-found"}', "application/json"),
        (b'{"type": "about:blank", "title": "Forbidden", "code": "x", "detail": "y"}', PROBLEM),
        (b'["not", "ours"]', PROBLEM),
    ],
    ids=["a page", "no body", "another program's", "another's problem", "a list"],
)
def test_what_is_not_the_gateways_own_problem_means_later(status, content, kind):
    error = error_of(answer(status, content, kind))

    assert isinstance(error, LaterError)
    assert error.code == f"http-{status}"


@pytest.mark.parametrize("status", [401, 403, 405, 409])
def test_a_status_that_the_gateway_does_not_use_is_of_another_service_of_ours(status):
    """The reading room tells problems as the gateway does, and asks for a log-in first."""
    body = b'{"type": "urn:cxr:log-in", "code": "log-in", "detail": "nobody is logged in"}'

    assert isinstance(error_of(answer(status, body, PROBLEM)), LaterError)


def test_every_status_with_which_the_gateway_refuses_is_known():
    refusing = {status for status in STATUS.values() if status < 500} - set(LATER)

    to_set_right = {problem(error).status for error in TO_BE_SET_RIGHT}
    elsewhere = {HTTPStatus.GONE, HTTPStatus.CONFLICT}  # of DICOMweb, which this client does not ask; still running
    assert refusing - to_set_right - elsewhere == set(OWN)


def test_what_is_still_running_can_be_forgotten_later():
    error = error_of(told(RunningError("not finished")))

    assert isinstance(error, LaterError)
    assert (error.code, str(error)) == (RUNNING, "not finished")


@pytest.mark.parametrize("error", TO_BE_SET_RIGHT, ids=lambda error: error.code)
def test_who_cannot_prove_who_they_are_or_asks_by_a_wrong_name_waits_and_says_why(error):
    meant = error_of(told(error))

    assert isinstance(meant, LaterError)
    assert (meant.code, str(meant)) == (error.code, str(error))


@pytest.mark.parametrize("content", [b"<form>Log in to the hospital's network</form>", b"[]", b"1", b"\xff"])
def test_success_that_is_no_object_is_not_the_gateways(content):
    with pytest.raises(LaterError, match="not the gateway"):
        json(answer(200, content, "application/json"))


@pytest.mark.parametrize("content", [b"", b"PK", b'{"outcome": "assessed"}'], ids=["nothing", "a zip's start", "JSON"])
def test_success_that_is_no_whole_reading_is_not_the_gateways_or_an_earlier_ones(content):
    with pytest.raises(LaterError) as told:
        reading(answer(200, content, "application/zip"))

    assert told.value.code == "http-200"


@pytest.mark.parametrize("content", [b"{}", b'{"assessments": null, "next": "a"}', b'{"assessments": [], "next": 7}'])
def test_an_object_that_is_no_page_of_the_feed_is_not_the_gateways(content):
    with pytest.raises(LaterError):
        page(answer(200, content, "application/json"))

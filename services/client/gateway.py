"""A client of the gateway."""

from pathlib import Path
from typing import Any, Literal, Self

import httpx
import stamina

from client import authorities
from client.answers import Json, error_of, json, page, reading
from client.errors import GatewayError, LaterError, RefusedError
from client.token import Token
from results.reading import Answered
from results.schema import Source
from results.whole_reading import MEDIA_TYPE

AWAY, SLOW, LOST = "gateway-away", "gateway-slow", "gateway-lost"
"""It cannot be reached; it did not answer in time; it fell silent in the middle, as when it is killed."""

NOT_FOUND = "not-found"
"""The gateway's code. Source: results.errors.NotFoundError."""

CONNECT_S = 2.0
"""Within which who is there accepts a connection."""

MAX_CONNECTIONS = 32

FEED_WAIT_S = 20
"""How long the gateway is asked to wait for news. Source: below its limit of 30."""

URGENT = {"Priority": "urgent"}
"""Lets a film go before all routine ones. Source: doors.priority."""

BACKGROUND = {"Priority": "u=7"}
"""Lets films that are being assessed go before. Source: RFC 9218, 4.1; gateway.http.background."""

BACKGROUND_WAIT_S = 10
"""For how long the gateway lets them. Source: gateway.http.background."""

SOURCE = "X-CXR-Source"
"""Where a film comes from. Source: gateway.http.assessments."""

ASYNC = {"Prefer": "respond-async"}
"""Source: RFC 7240, 4.1."""

BY_BODY_PART = {"problem": "auto"}
"""Has a film answered as its header asks. Source: gateway.http.numbers."""

ANY_PROBLEM = "any"
"""Of the feed: films of all problems. Source: gateway.feed_page."""

Wish = Literal["despite_refusal", "correct"]
"""What is to be done with a film that is refused: assess it all the same, or turn or invert it first."""


class Gateway:
    """A client of one gateway, safe to share between threads. Every method raises GatewayErrors: client.errors."""

    def __init__(
        self, url: str, timeout_s: float, token_file: Path | None = None, source: Source | None = None
    ) -> None:
        """Of a gateway at an address.

        Args:
            url: its address.
            timeout_s: seconds that it may take to answer.
            token_file: file with the token that it asks for, if it asks for one.
            source: where the films that we send come from; None: the gateway takes them for an API client's.
        """
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS)
        self._timeout_s = timeout_s
        self._source = {SOURCE: source} if source else {}
        auth = Token(token_file) if token_file else None
        about: dict[str, Any] = {"timeout": self._timeout(), "limits": limits, "verify": authorities.usual()}
        self._client = httpx.Client(base_url=url, auth=auth, **about)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ready(self) -> bool:
        """Whether it could assess a film now."""
        try:
            return self._client.get("/readyz", timeout=CONNECT_S).status_code == httpx.codes.OK
        except (httpx.HTTPError, GatewayError):
            return False

    def assess(
        self,
        file: bytes,
        kind: str,
        *wishes: Wish | None,
        urgent: bool = False,
        at_once: bool = False,
        problem: str | None = None,
    ) -> Json:
        """The assessment of a film, assessed or refused.

        Args:
            file: DICOM, PNG or JPEG.
            kind: its media type.
            wishes: what a reader said is to be done with a film that was refused.
            urgent: it goes before all routine films.
            at_once: not to be waited for: its id comes as soon as the file is read, with the outcome "running".
            problem: what is asked, where not the chest's.
        """
        headers = {"Content-Type": kind} | (URGENT if urgent else {}) | (ASYNC if at_once else {})
        asked = {"problem": problem} if problem else {}
        return json(self._assess(file, headers, {wish: "true" for wish in wishes if wish} | asked))

    def read(self, part10: bytes, request_id: str, urgent: bool) -> Answered:
        """What the film's body part asks for, with all that its results are written from, but the film's header.

        Args:
            part10: the file.
            request_id: by which the request is found in the logs.
            urgent: it goes before all routine films.
        """
        headers = {"Content-Type": "application/dicom", "Accept": MEDIA_TYPE, "X-Request-ID": request_id}
        return reading(self._assess(part10, headers | (URGENT if urgent else {}), BY_BODY_PART))

    def _assess(self, file: bytes, headers: dict[str, str], parameters: dict[str, str]) -> httpx.Response:
        try:
            return self._asked(
                "POST", "/v1/assessments", content=file, params=parameters, headers=headers | self._source
            )
        except RefusedError as error:
            if error.code != NOT_FOUND:
                raise
            # The gateway always has this address: another service of ours, which tells problems as it does, has not.
            raise LaterError("http-404", "something that is not the gateway answers in its place") from error

    def assessment(self, assessment_id: str, background: bool = False) -> Json | None:
        """An assessment; None where it has expired.

        Args:
            assessment_id: its id.
            background: let films that are being assessed go before; answers within BACKGROUND_WAIT_S all the same.
        """
        options: dict[str, Any] = {}
        if background:
            options |= {"headers": BACKGROUND, "timeout": self._timeout(BACKGROUND_WAIT_S)}
        found = self._found(f"/v1/assessments/{assessment_id}", **options)
        return json(found) if found else None

    def header(self, assessment_id: str) -> Json:
        """What the gateway keeps of a DICOM film's header, as DICOM JSON Model; {} for a picture."""
        found = self._found(f"/v1/assessments/{assessment_id}/header")
        return json(found) if found else {}

    def file(self, assessment_id: str, name: str, **parameters: str) -> bytes | None:
        """One of its pictures or objects, such as heatmap.png or sr.dcm; None where there is none."""
        found = self._found(f"/v1/assessments/{assessment_id}/{name}", params=parameters)
        return found.content if found else None

    def forget(self, assessment_id: str) -> bool:
        """Have an assessment forgotten, with its film's header, pixels and maps; False where there is none."""
        return self._found(f"/v1/assessments/{assessment_id}", "DELETE") is not None

    def feed(self, after: str | None, wait_s: int = FEED_WAIT_S, problem: str | None = None) -> tuple[list[Any], str]:
        """Assessments that were finished after a cursor, and the next cursor.

        Args:
            after: the cursor; None: from the oldest.
            wait_s: seconds that it waits for news.
            problem: what the films were asked, where not the chest's alone; ANY_PROBLEM: whatever it was.
        """
        parameters = {"limit": "100", "wait_s": str(wait_s)} | ({"after": after} if after else {})
        parameters |= {"problem": problem} if problem else {}
        return page(self._asked("GET", "/v1/assessments", params=parameters, timeout=self._timeout(wait_s)))

    def _timeout(self, waiting_s: float = 0) -> httpx.Timeout:
        """Of a request that the gateway may leave waiting."""
        return httpx.Timeout(waiting_s + self._timeout_s, connect=CONNECT_S)

    def _found(self, path: str, method: str = "GET", **options: Any) -> httpx.Response | None:
        """None where the gateway says that there is nothing."""
        try:
            return self._asked(method, path, **options)
        except RefusedError as error:
            if error.code != NOT_FOUND:
                raise
            return None

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._request(method, path, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise LaterError(AWAY, "the gateway cannot be reached") from error
        except httpx.TimeoutException as error:
            raise LaterError(SLOW, "the gateway did not answer in time") from error
        except httpx.HTTPError as error:
            raise LaterError(LOST, "the gateway fell silent") from error
        if response.is_success:
            return response
        raise error_of(response)

    @stamina.retry(on=httpx.RemoteProtocolError, attempts=2, wait_initial=0, wait_jitter=0)
    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Once more where a kept connection had died meanwhile; an assessment can be asked for twice."""
        return self._client.request(method, path, **options)

"""What the reading room asks of the gateway, over HTTP."""

from typing import Any, Self

import httpx
import stamina

from review.errors import GatewayAwayError, GatewayError, GatewayRefusedError

LATER = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
"""Statuses after which the same request may succeed."""

FEED_WAIT_S = 20
"""How long the gateway is asked to wait for news. Source: below its limit of 30."""

BACKGROUND = {"Priority": "u=7"}
"""Lets films that are being assessed go before. Source: RFC 9218, 4.1; gateway.http.background."""

BACKGROUND_WAIT_S = 10
"""For how long the gateway lets them. Source: gateway.http.background."""

Json = dict[str, Any]


class Gateway:
    """A client of one gateway, safe to share between threads."""

    def __init__(self, url: str, timeout_s: float) -> None:
        limits = httpx.Limits(max_connections=32)
        self._client = httpx.Client(base_url=url, timeout=httpx.Timeout(timeout_s, connect=2), limits=limits)
        self._timeout_s = timeout_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ready(self) -> bool:
        """Whether it could assess a film now."""
        try:
            return self._client.get("/readyz", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def assess(self, file: bytes, kind: str, despite_refusal: bool = False) -> Json:
        """The assessment of a film.

        Args:
            file: DICOM, PNG or JPEG.
            kind: its media type.
            despite_refusal: a reader said that it is to be assessed although it was refused.

        Raises:
            GatewayAwayError: later.
            GatewayRefusedError: not this film; says why.
            GatewayError: something went wrong there.
        """
        parameters = {"despite_refusal": "true"} if despite_refusal else {}
        response = self._asked(
            "POST", "/v1/assessments", content=file, params=parameters, headers={"Content-Type": kind}
        )
        return _json(response)

    def assessment(self, assessment_id: str, background: bool = False) -> Json | None:
        """An assessment; None where it has expired.

        Args:
            assessment_id: its id.
            background: let films that are being assessed go before; answers within BACKGROUND_WAIT_S all the same.
        """
        options: dict[str, Any] = {}
        if background:
            options |= {"headers": BACKGROUND, "timeout": self._timeout(BACKGROUND_WAIT_S)}
        return self._found(f"/v1/assessments/{assessment_id}", **options)

    def header(self, assessment_id: str) -> Json:
        """What the gateway keeps of a DICOM film's header, as DICOM JSON Model; {} for a picture."""
        return self._found(f"/v1/assessments/{assessment_id}/header") or {}

    def picture(self, assessment_id: str, name: str, **parameters: str) -> bytes | None:
        """radiograph.pgm, lungs.png or heatmap.png; None where there is none."""
        try:
            return self._asked("GET", f"/v1/assessments/{assessment_id}/{name}", params=parameters).content
        except GatewayRefusedError:
            return None

    def feed(self, after: str | None) -> tuple[list[Json], str]:
        """Assessments that were finished after a cursor, and the next cursor; waits for news.

        Raises:
            GatewayError: as assess.
        """
        parameters = {"limit": "100", "wait_s": str(FEED_WAIT_S)} | ({"after": after} if after else {})
        page = _json(self._asked("GET", "/v1/assessments", params=parameters, timeout=self._timeout(FEED_WAIT_S)))
        return page["assessments"], page["next"]

    def _timeout(self, waiting_s: float) -> httpx.Timeout:
        """Of a request that the gateway may leave waiting."""
        return httpx.Timeout(waiting_s + self._timeout_s, connect=2)

    def _found(self, path: str, **options: Any) -> Json | None:
        try:
            return _json(self._asked("GET", path, **options))
        except GatewayRefusedError:
            return None

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._request(method, path, **options)
        except httpx.HTTPError as error:
            raise GatewayAwayError("the gateway does not answer") from error
        if response.is_success:
            return response
        if response.status_code in LATER or (response.is_server_error and not _own(response)):
            away = GatewayAwayError(_detail(response))
            after = response.headers.get("Retry-After", "")  # or a date (RFC 9110, 10.2.3)
            away.retry_after_s = int(after) if after.isdecimal() else GatewayAwayError.retry_after_s
            raise away
        if response.is_client_error:
            raise GatewayRefusedError(_detail(response))
        raise GatewayError(_detail(response))

    @stamina.retry(on=httpx.RemoteProtocolError, attempts=2)
    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Once more where a kept connection had died meanwhile."""
        return self._client.request(method, path, **options)


def _json(response: httpx.Response) -> Json:
    try:
        found: Json = response.json()
    except ValueError as error:
        raise GatewayError("the gateway answers something that is no JSON") from error
    return found


def _own(response: httpx.Response) -> bool:
    """Whether the gateway itself says so: a proxy before it says 502 while the gateway restarts."""
    return str(response.headers.get("Content-Type", "")).startswith("application/problem+json")


def _detail(response: httpx.Response) -> str:
    """The problem's detail, which is for a person."""
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the gateway answers {response.status_code}"

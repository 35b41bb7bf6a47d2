"""What the listener asks of the gateway, over HTTP."""

from typing import Any, Self

import httpx
import stamina

from scp.errors import LaterError, NeverError
from scp.ledger import Made

AWAY, SLOW, LOST = "gateway-away", "gateway-slow", "gateway-lost"
"""It cannot be reached; it did not answer in time; it fell silent in the middle, as when it is killed."""

LATER = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.GATEWAY_TIMEOUT)
"""Statuses after which the same request may succeed."""

FILES = {"sr": "sr.dcm", "lungs": "lungs.dcm", "overlay": "overlay.dcm", "fhir": "fhir"}
"""Result to the last part of its address."""


class Gateway:
    """A client of one gateway, safe to share between threads."""

    def __init__(self, url: str, timeout_s: float) -> None:
        self._client = httpx.Client(base_url=url, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ready(self) -> bool:
        """Whether it could assess a film now."""
        try:
            return self._client.get("/readyz").status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def assess(self, part10: bytes, request_id: str) -> dict[str, Any]:
        """The assessment of a film, assessed or refused.

        Raises:
            LaterError: the gateway is away, full, starting, or its stages are.
            NeverError: it cannot assess this film.
        """
        headers = {"Content-Type": "application/dicom", "X-Request-ID": request_id}
        answer: dict[str, Any] = self._asked("POST", "/v1/assessments", content=part10, headers=headers).json()
        return answer

    def results(self, assessment_id: str, kinds: set[str], earlier: Made | None) -> dict[str, bytes]:
        """The results of an assessment, by kind, those that there are; the report names the earlier one as superseded.

        Raises:
            LaterError: as assess.
            NeverError: the gateway cannot write them.
        """
        found = {}
        for kind in sorted(kinds):
            parameters = {}
            if kind == "sr" and earlier:
                parameters = {
                    "supersedes": earlier.sop_instance_uid,
                    "supersedes_series": earlier.series_instance_uid,
                }
            try:
                path = f"/v1/assessments/{assessment_id}/{FILES[kind]}"
                found[kind] = self._asked("GET", path, params=parameters).content
            except NeverError as error:
                if error.code != "not-found":
                    raise
                if kind != "lungs":  # which a film has not that was refused before the segmenter
                    raise LaterError(LOST) from error
        return found

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._request(method, path, **options)
        except httpx.TimeoutException as error:
            raise LaterError(SLOW) from error
        except httpx.ConnectError as error:
            raise LaterError(AWAY) from error
        except httpx.HTTPError as error:
            raise LaterError(LOST) from error
        if response.is_success:
            return response
        if response.status_code in LATER:
            raise LaterError(_code(response))
        raise NeverError(_code(response))

    @stamina.retry(on=httpx.RemoteProtocolError, attempts=2)
    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Once more where a kept connection had died meanwhile; an assessment can be asked for twice."""
        return self._client.request(method, path, **options)


def _code(response: httpx.Response) -> str:
    """The problem's code; that of the status where the answer is not the gateway's."""
    try:
        return str(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return f"http-{response.status_code}"

"""Peers that are sent to over HTTP."""

from datetime import date
from types import TracebackType
from typing import Any, Self

import httpx
import requests
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_auth
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers import FILM_MODALITIES, TIMEOUT_S, Session
from scp.routes import WebPeer

AGAIN = (408, 425, 429, 500, 502, 503, 504)
"""HTTP statuses after which the same request may succeed. Source: RFC 9110, 15; RFC 6585, 4; RFC 8470, 5.2."""


PAGE = 200
"""Matches that are asked for at once."""


class Bearer(requests.auth.AuthBase):
    """Adds the token of a file to every request."""

    def __init__(self, peer: WebPeer) -> None:
        self._peer = peer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As requests wants it."""
        request.headers.update(_authorization(self._peer))
        return request


class WebSession(Session):
    """STOW-RS and QIDO-RS."""

    def __init__(self, peer: WebPeer) -> None:
        session = create_session_from_auth(Bearer(peer))
        self._client = DICOMwebClient(str(peer.url).rstrip("/"), session=session)
        self._client.set_http_retry_params(retry=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client._session.close()

    def send(self, data: bytes) -> None:
        """STOW-RS."""
        try:
            answer = self._client.store_instances([dcmread(DicomBytesIO(data))])
        except requests.HTTPError as error:
            raise _meant(error.response.status_code if error.response is not None else 503) from error
        except requests.RequestException as error:
            raise PeerAwayError("cannot be reached") from error
        if failed := answer.get("FailedSOPSequence"):
            reason = int(failed[0].get("FailureReason", 0))
            if 0xA700 <= reason <= 0xA7FF:  # out of resources. PS3.18, I.2.2
                raise PeerAwayError("out of resources")
            raise PeerRefusedError(f"STOW-RS failure reason 0x{reason:04X}")

    def instances(self, study_instance_uid: str) -> set[str]:
        """QIDO-RS."""
        return set(self._search(study_instance_uid, {}))

    def films(self, since: date) -> dict[str, str]:
        """QIDO-RS, once for each modality that films have."""
        found: dict[str, str] = {}
        for modality in FILM_MODALITIES:
            found |= self._search(None, {"StudyDate": f"{since:%Y%m%d}-", "Modality": modality})
        return found

    def _search(self, study: str | None, filters: dict[str, str]) -> dict[str, str]:
        """SOP Instance UID to Study Instance UID; a page at a time, since servers limit their answers."""
        found: dict[str, str] = {}
        try:
            while page := self._client.search_for_instances(
                study, limit=PAGE, offset=len(found), search_filters=filters, fields=["StudyInstanceUID"]
            ):
                new = {_first(each, "00080018"): _first(each, "0020000D") or (study or "") for each in page}
                if not new.keys() - found.keys():
                    break
                found |= new
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code == requests.codes.not_found:
                return found
            raise PeerAwayError("answers no QIDO-RS") from error
        except requests.RequestException as error:
            raise PeerAwayError("cannot be reached") from error
        return found


class FhirSession(Session):
    """A FHIR server; an object is a Bundle."""

    def __init__(self, peer: WebPeer) -> None:
        self._peer = peer
        self._client = httpx.Client(timeout=TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def send(self, data: bytes) -> None:
        """POST to /Bundle: a bundle of type collection is kept as it is (FHIR R4, 2.36)."""
        headers = {"Content-Type": "application/fhir+json"} | _authorization(self._peer)
        try:
            response = self._client.post(f"{str(self._peer.url).rstrip('/')}/Bundle", content=data, headers=headers)
        except httpx.HTTPError as error:
            raise PeerAwayError("cannot be reached") from error
        if not response.is_success:
            raise _meant(response.status_code)

    def instances(self, study_instance_uid: str) -> set[str]:
        """A FHIR server is not asked for DICOM objects."""
        raise PeerAwayError("is a FHIR server, which is not asked what it has")

    def films(self, since: date) -> dict[str, str]:
        """As instances."""
        raise PeerAwayError("is a FHIR server, which is not asked what it has")


def _first(attributes: dict[str, Any], tag: str) -> str:
    """The first value of an attribute in the DICOM JSON model, or empty."""
    return str((attributes.get(tag, {}).get("Value") or [""])[0])


def _meant(status: int) -> PeerAwayError | PeerRefusedError:
    return (PeerAwayError if status in AGAIN else PeerRefusedError)(f"HTTP status {status}")


def _authorization(peer: WebPeer) -> dict[str, str]:
    return {"Authorization": f"Bearer {peer.token_file.read_text().strip()}"} if peer.token_file else {}

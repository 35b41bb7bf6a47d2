"""A peer that results go to by STOW-RS, and that says by QIDO-RS what it has."""

from datetime import date
from types import TracebackType
from typing import Any, Self

import requests
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session_from_auth
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers.session import FILM_MODALITIES, Session
from scp.peers.web import authorization, meant
from scp.routes import WebPeer

PAGE = 200
"""Matches that are asked for at once."""


class Bearer(requests.auth.AuthBase):
    """Adds the token of a file to every request."""

    def __init__(self, peer: WebPeer) -> None:
        self._peer = peer

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As requests wants it."""
        request.headers.update(authorization(self._peer))
        return request


class DicomWebSession(Session):
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
            raise meant(error.response.status_code if error.response is not None else 503) from error
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


def _first(attributes: dict[str, Any], tag: str) -> str:
    """The first value of an attribute in the DICOM JSON model, or empty."""
    return str((attributes.get(tag, {}).get("Value") or [""])[0])

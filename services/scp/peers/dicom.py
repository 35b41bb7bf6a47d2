"""A peer that results go to by C-STORE, and that says by C-FIND what it has."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pynetdicom
from pydicom import Dataset, dcmread, uid
from pydicom.filebase import DicomBytesIO
from pynetdicom import AE

from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers.session import FILM_MODALITIES, TIMEOUT_S, Session
from scp.routes import DicomPeer

CONTEXTS = [
    (uid.Comprehensive3DSRStorage, [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian]),
    (uid.SegmentationStorage, [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian]),
    (uid.SecondaryCaptureImageStorage, [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian]),
]
"""What we send, in what."""

STUDY_ROOT_FIND = uid.UID("1.2.840.10008.5.1.4.1.2.2.1")
"""Study Root Query/Retrieve Information Model - FIND. Source: PS3.4, C.6.2.3."""


class DicomSession(Session):
    """One association."""

    def __init__(self, association: Any) -> None:
        self._association = association

    def send(self, data: bytes) -> None:
        """C-STORE."""
        dataset = dcmread(DicomBytesIO(data))
        try:
            status = self._association.send_c_store(dataset).get("Status")
        except ValueError as error:  # no presentation context was accepted for it
            raise PeerRefusedError(f"no presentation context for {dataset.SOPClassUID.name}") from error
        except RuntimeError as error:
            raise PeerAwayError("the association ended") from error
        if status is None or 0xA700 <= status <= 0xA7FF:
            raise PeerAwayError("no answer" if status is None else "out of resources")
        if status != 0 and not 0xB000 <= status <= 0xBFFF:  # those are warnings: it was stored. PS3.4, table B.2-1
            raise PeerRefusedError(f"C-STORE status 0x{status:04X}")

    def instances(self, study_instance_uid: str) -> set[str]:
        """C-FIND, study root: the study's series, then each one's instances (PS3.4, C.4.1.3.1.1)."""
        return set(self._instances(study_instance_uid, None))

    def films(self, since: date) -> dict[str, str]:
        """C-FIND for the studies, then as instances, for series of films."""
        days = {"StudyDate": f"{since:%Y%m%d}-"}
        studies = [str(each.StudyInstanceUID) for each in self._find("STUDY", days, "StudyInstanceUID")]
        return {film: study for study in studies for film in self._instances(study, FILM_MODALITIES)}

    def _instances(self, study_instance_uid: str, modalities: tuple[str, ...] | None) -> Iterator[str]:
        study = {"StudyInstanceUID": study_instance_uid}
        for found in list(self._find("SERIES", study, "SeriesInstanceUID", "Modality")):
            if modalities is None or found.get("Modality") in modalities:
                series = study | {"SeriesInstanceUID": str(found.SeriesInstanceUID)}
                yield from (str(each.SOPInstanceUID) for each in self._find("IMAGE", series, "SOPInstanceUID"))

    def _find(self, level: str, wanted: dict[str, str], *asked: str) -> Iterator[Dataset]:
        """The matches of a query."""
        query = Dataset()
        query.QueryRetrieveLevel = level
        for keyword in asked:
            setattr(query, keyword, "")
        for keyword, value in wanted.items():
            setattr(query, keyword, value)
        try:
            for status, match in self._association.send_c_find(query, STUDY_ROOT_FIND):
                if status.get("Status") in (0xFF00, 0xFF01) and match is not None:  # pending. PS3.4, table C.4-1
                    yield match
                elif status.get("Status") != 0:
                    raise PeerAwayError("C-FIND failed")
        except (RuntimeError, ValueError) as error:
            raise PeerAwayError("the peer answers no C-FIND") from error


@contextmanager
def opened(peer: DicomPeer, aet: str) -> Iterator[DicomSession]:
    """An association with it; aet is our own AE title.

    Raises:
        PeerAwayError: it cannot be reached, or refuses the association.
    """
    entity = AE(aet)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = TIMEOUT_S
    entity.connection_timeout = TIMEOUT_S
    for storage, syntaxes in CONTEXTS:
        entity.add_requested_context(storage, syntaxes)
    entity.add_requested_context(STUDY_ROOT_FIND)
    tls = (ssl.create_default_context(cafile=peer.tls_authority), peer.host) if peer.tls else None
    association = entity.associate(peer.host, peer.port, ae_title=peer.aet, tls_args=tls)
    if not association.is_established:
        raise PeerAwayError("rejected the association" if association.is_rejected else "cannot be reached")
    try:
        yield DicomSession(association)
    finally:
        if association.is_established:
            association.release()


pynetdicom._config.LOG_HANDLER_LEVEL = "none"  # they would decode every message for a log that nobody reads

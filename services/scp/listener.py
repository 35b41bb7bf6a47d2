"""The DICOM side: C-ECHO and C-STORE, one thread an association, so that a slow peer holds up nobody else."""

import logging
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from pynetdicom import AE, _config, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.events import Event
from pynetdicom.transport import ThreadedAssociationServer

from scp.acceptance import contexts
from scp.connections import BACKLOG, Connections
from scp.intake import SUCCESS, Intake
from scp.metrics import Metrics
from scp.senders import Senders
from scp.settings import Settings
from scp.spool import Spool

log = structlog.get_logger()

HIGH = 1
"""Of a C-STORE's Priority; 0 is medium, 2 low. Source: PS3.7, table 9.3-1 (0000,0700)."""

NOT_ON_THE_LIST = (0x01, 0x01, 0x03)
"""A-ASSOCIATE-RJ, result, source and reason: permanent, service user, calling AE title not recognized.

Source:
    PS3.8, table 9-21."""

LOCAL_LIMIT = (0x02, 0x03, 0x02)
"""The same: transient, service provider, local limit exceeded. Whoever sends tries again."""


class LateHandshake(ssl.SSLContext):
    """Shakes hands when the association's own thread first reads, not in the thread that accepts connections.

    pynetdicom wraps a connection before it gives it a thread of its own; a peer that connects and stays silent would
    keep out all others.
    """

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """As SSLContext's, without the handshake."""
        return super().wrap_socket(*arguments, **options | {"do_handshake_on_connect": False})


class Listener:
    """Accepts associations from peers on the list."""

    def __init__(self, settings: Settings, spool: Spool, intake: Intake, metrics: Metrics) -> None:
        self._settings = settings
        self._spool = spool
        self._intake = intake
        self._metrics = metrics
        self._senders = Senders.of(settings.peers)
        self._connections = Connections(settings.max_associations)

    @contextmanager
    def listening(self) -> Iterator[int]:
        """Listen; the port. At the end, associations are aborted, and their senders told to try again."""
        # A film goes to the disk as it comes, never into memory whole; pynetdicom asks tempfile for the place.
        _config.STORE_RECV_CHUNKED_DATASET = True
        before, tempfile.tempdir = tempfile.tempdir, str(self._spool.incoming)
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # its lines hold what peers send
        entity = self._entity()
        handlers = [
            (evt.EVT_C_ECHO, lambda event: SUCCESS),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_REQUESTED, self._check_peer),
            (evt.EVT_REJECTED, lambda event: self._metrics.rejected.inc()),
            (evt.EVT_CONN_OPEN, lambda event: self._connections.opened(event.assoc)),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        address = (self._settings.host, self._settings.port)
        ThreadedAssociationServer.request_queue_size = BACKLOG
        server = entity.start_server(address, block=False, ssl_context=self._tls(), evt_handlers=handlers)
        try:
            yield server.server_address[1]
        finally:
            associations = entity.active_associations
            entity.shutdown()
            for association in associations:
                _forget(association)
            tempfile.tempdir = before

    def _entity(self) -> Any:
        entity = AE(self._settings.aet)
        entity.supported_contexts = contexts()
        entity.require_called_aet = True
        entity.maximum_associations = sys.maxsize  # it counts those that have not asked yet: see Connections
        entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = self._settings.network_timeout_s
        return entity

    def _tls(self) -> ssl.SSLContext | None:
        settings = self._settings
        if not settings.tls_certificate:
            return None
        context = LateHandshake(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # DICOM PS3.15, B.12: BCP 195 profiles
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
        if settings.tls_clients:
            context.load_verify_locations(settings.tls_clients)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _check_peer(self, event: Event) -> None:
        """Reject who is not on the list, before anything else is looked at; and all while there is no room on the disk.

        pynetdicom writes a film while it comes: where that fails nobody is answered, so none may begin to come.
        """
        association = event.assoc
        asked = association.requestor.primitive
        title, address = _title(asked.calling_ae_title if asked else ""), str(association.requestor.address)
        allowed = self._senders.allow(title, address)
        room = allowed and self._spool.can_receive()
        if room and self._connections.admit(association, address):
            return
        reason = "too many associations" if room else "the disk is full" if allowed else "not on the list"
        log.warning("rejected", peer=title, address=address, reason=reason)
        association.acse.send_reject(*(LOCAL_LIMIT if allowed else NOT_ON_THE_LIST))
        self._metrics.rejected.inc()
        association.kill()

    def _closed(self, event: Event) -> None:
        self._connections.closed(event.assoc)
        _forget(event.assoc)

    def _store(self, event: Event) -> int:
        request = event.request
        urgent = isinstance(request, C_STORE) and request.Priority == HIGH
        return self._intake.store(event.dataset_path, _title(event.assoc.requestor.ae_title), urgent)


def _forget(association: Association) -> None:
    """End the thread of a peer that has gone, or was sent away, before it asked for an association.

    pynetdicom would let it wait until its time-out, and count it among the associations: so many are not many, where a
    load balancer looks every second whether somebody listens.
    """
    heard = association.dul.to_user_queue
    if association.requestor.primitive is None and heard.empty():
        heard.put(None)  # as when the time is over


def _title(value: str | bytes) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip()

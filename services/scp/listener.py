"""The DICOM side: C-ECHO and C-STORE, one thread an association, so that a slow peer holds up nobody else."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog
from pynetdicom import AE, _config, dimse_messages, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.events import Event
from pynetdicom.transport import ThreadedAssociationServer

from auditing.trail import Trail
from scp.acceptance import contexts
from scp.connections import BACKLOG, Connections
from scp.intake import SUCCESS, Intake
from scp.metrics import Metrics
from scp.senders import Senders
from scp.settings import Settings
from scp.spool import Spool
from scp.tls import server_context
from scp.trail import Arrived, reject

log = structlog.get_logger()

HIGH = 1
"""Of a C-STORE's Priority; 0 is medium, 2 low. Source: PS3.7, table 9.3-1 (0000,0700)."""

NOT_ON_THE_LIST = (0x01, 0x01, 0x03)
"""A-ASSOCIATE-RJ, result, source and reason: permanent, service user, calling AE title not recognized.

Source:
    PS3.8, table 9-21."""

LOCAL_LIMIT = (0x02, 0x03, 0x02)
"""The same: transient, service provider, local limit exceeded. Whoever sends tries again."""


MESSAGES: Any = dimse_messages
"""Where pynetdicom asks for the file of a film that comes, by a name that the module imports."""


class Listener:
    """Accepts associations from peers on the list."""

    def __init__(self, settings: Settings, spool: Spool, intake: Intake, metrics: Metrics, trail: Trail) -> None:
        self._settings = settings
        self._spool = spool
        self._intake = intake
        self._metrics = metrics
        self._trail = trail
        self._arrived: dict[Association, Arrived] = {}
        self._senders = Senders.of(settings.peers)
        self._connections = Connections(settings.max_associations)

    @contextmanager
    def listening(self) -> Iterator[int]:
        """Listen; the port. At the end, associations are aborted, and their senders told to try again."""
        # A film goes to the disk as it comes, encrypted, and never into memory whole.
        _config.STORE_RECV_CHUNKED_DATASET = True
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # its lines hold what peers send
        entity, before = self._entity(), MESSAGES.NamedTemporaryFile
        MESSAGES.NamedTemporaryFile = partial(self._file, entity, before)
        handlers = [
            (evt.EVT_C_ECHO, lambda event: SUCCESS),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_REQUESTED, self._check_peer),
            (evt.EVT_REJECTED, self._rejected),
            (evt.EVT_CONN_OPEN, lambda event: self._connections.opened(event.assoc)),
            (evt.EVT_CONN_CLOSE, self._closed),
        ]
        address = (self._settings.host, self._settings.port)
        ThreadedAssociationServer.request_queue_size = BACKLOG
        tls = server_context(self._settings, self._not_shaken)
        server = entity.start_server(address, block=False, ssl_context=tls, evt_handlers=handlers)
        try:
            yield server.server_address[1]
        finally:
            associations = entity.active_associations
            entity.shutdown()
            for association in associations:
                _forget(association)
            for association in list(self._arrived):
                self._tell(association)
            MESSAGES.NamedTemporaryFile = before

    def _file(self, entity: Any, before: Callable[..., Any], **given: Any) -> Any:
        """Where pynetdicom writes a film that comes; those of others in this process are not ours."""
        thread = threading.current_thread()
        association = getattr(thread, "assoc", thread)
        return self._spool.create() if getattr(association, "ae", None) is entity else before(**given)

    def _entity(self) -> Any:
        entity = AE(self._settings.aet)
        entity.supported_contexts = contexts()
        entity.require_called_aet = True
        entity.maximum_associations = sys.maxsize  # it counts those that have not asked yet: see Connections
        entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = self._settings.network_timeout_s
        return entity

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
        reject(self._trail, title, address, reason)
        association.acse.send_reject(*(LOCAL_LIMIT if allowed else NOT_ON_THE_LIST))
        self._metrics.rejected.inc()
        association.kill()

    def _closed(self, event: Event) -> None:
        self._connections.closed(event.assoc)
        self._tell(event.assoc)
        _forget(event.assoc)

    def _rejected(self, event: Event) -> None:
        """The library itself has, who was not called by our title."""
        self._metrics.rejected.inc()
        requestor = event.assoc.requestor
        asked = requestor.primitive
        reject(self._trail, _title(asked.calling_ae_title if asked else ""), str(requestor.address), "another title")

    def _not_shaken(self, address: str, reason: str) -> None:
        """A connection came to nothing since its TLS, or its certificate, is not as it should be."""
        reject(self._trail, "", address, reason)

    def _tell(self, association: Association) -> None:
        """What came in an association that is over."""
        if arrived := self._arrived.pop(association, None):
            requestor = association.requestor
            arrived.tell(self._trail, _title(requestor.ae_title), address=str(requestor.address))

    def _store(self, event: Event) -> int:
        request = event.request
        urgent = isinstance(request, C_STORE) and request.Priority == HIGH
        if request._dataset_file:
            request._dataset_file.close()  # so that its last bytes are in it
        arrived = self._arrived.setdefault(event.assoc, Arrived())
        return self._intake.store(event.dataset_path, _title(event.assoc.requestor.ae_title), urgent, arrived)


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

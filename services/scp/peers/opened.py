"""A route's peer, by the way in which it is reached."""

from collections.abc import Iterator
from contextlib import contextmanager

from scp.peers import dicom, hl7
from scp.peers.session import Session
from scp.routes import Route


@contextmanager
def session(route: Route, aet: str) -> Iterator[Session]:
    """A connection to a route's peer; aet is our own AE title.

    Raises:
        PeerAwayError: it cannot be reached, or refuses the association.
    """
    if route.dicom:
        with dicom.opened(route.dicom, aet) as associated:
            yield associated
    elif route.dicomweb:
        from scp.peers.dicomweb import DicomWebSession  # what it imports takes long

        with DicomWebSession(route.dicomweb) as over_http:
            yield over_http
    elif route.fhir:
        from scp.peers.fhir import FhirSession

        with FhirSession(route.fhir) as server:
            yield server
    elif route.webhook:
        from scp.peers.webhook import WebhookSession

        with WebhookSession(route.webhook) as receiver:
            yield receiver
    elif route.hl7:
        with hl7.opened(route.hl7) as connected:
            yield connected

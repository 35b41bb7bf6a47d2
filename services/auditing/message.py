"""A row of an audit as a DICOM audit message, in the syslog message that carries it.

Source:
    DICOM PS3.15, A.5.1 (schema) and A.5.3 (messages); IHE ITI TF-2, 3.20 (syslog).
"""

import base64
import json
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from auditing.events import Event
from auditing.row import Sealed

PRIORITY = 10 * 8 + 5
"""Facility security (10), severity notice (5). Source: IHE ITI TF-2, 3.20.4.1.1.2; RFC 5424, 6.2.1."""

MESSAGE_ID = "DICOM+RFC3881"

BOM = "\ufeff"
"""Before UTF-8. Source: RFC 5424, 6.4."""

IP_ADDRESS, MACHINE = "2", "1"
"""NetworkAccessPointTypeCode. Source: PS3.15, A.5.1."""

SUCCESS, MINOR_FAILURE = "0", "4"
"""EventOutcomeIndicator; after the second, it can be tried again. Source: PS3.15, A.5.1."""

UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold. Source: XML 1.0, 2.2."""


@dataclass(frozen=True)
class Thing:
    """What was done something to (ParticipantObjectIdentification)."""

    name: str
    kind: str
    """ParticipantObjectTypeCode: 1 a person, 2 a system object."""
    role: str
    code: tuple[str, str, str]
    """ParticipantObjectIDTypeCode: code, meaning, system."""
    query: str | None = None
    """Base64 already."""


def study(uid: str) -> Thing:
    """A study, by its Study Instance UID."""
    return Thing(uid, "2", "3", ("110180", "Study Instance UID", "DCM"))


@dataclass(frozen=True)
class Message:
    """A row, with what is known of who and what it names."""

    application: str
    """Which of our services has written it."""
    sealed: Sealed
    event: Event
    user: str
    """Who asked, as they log in."""
    name: str = ""
    """As colleagues know them."""
    things: Sequence[Thing] = ()
    left_out: Sequence[str] = ("address",)
    """Of the row's detail: what is told elsewhere in the message."""

    def syslog(self) -> bytes:
        """As a syslog message (RFC 5424), without what frames it."""
        at = self.sealed.row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        header = f"<{PRIORITY}>1 {at} {socket.gethostname()} {self.application} - {MESSAGE_ID} - "
        return (header + BOM + self.xml()).encode()

    def xml(self) -> str:
        """As an AuditMessage."""
        row, event = self.sealed.row, self.event
        message = Element("AuditMessage")
        said = {"EventActionCode": event.action, "EventDateTime": row.at.astimezone(UTC).isoformat()}
        failed = event.failed or row.detail.get("refused")
        said["EventOutcomeIndicator"] = MINOR_FAILURE if failed else SUCCESS
        identification = SubElement(message, "EventIdentification", said)
        _code(identification, "EventID", event.code, event.meaning)
        if event.kind:
            _code(identification, "EventTypeCode", *event.kind)
        _code(identification, "EventTypeCode", row.action, row.action, "99CXR")
        self._people(message)
        source = f"{self.application}@{socket.gethostname()}"
        identified = SubElement(message, "AuditSourceIdentification", {"AuditSourceID": source})
        SubElement(identified, "AuditSourceTypeCode", {"csd-code": "4"})  # an application server's process
        for each in self.things:
            _object(message, each)
        self._row(message)
        return tostring(message, encoding="unicode")

    def _people(self, message: Element) -> None:
        """Who asked, and we, who answered."""
        address = self.sealed.row.detail.get("address")
        asked = {"UserID": self.user or "unknown", "UserIsRequestor": "true"}
        asked |= {"UserName": self.name} if self.name else {}
        asked |= {"NetworkAccessPointID": address, "NetworkAccessPointTypeCode": IP_ADDRESS} if address else {}
        SubElement(message, "ActiveParticipant", {name: _printable(value) for name, value in asked.items()})
        ours = {"UserID": self.application, "UserIsRequestor": "false", "NetworkAccessPointID": socket.gethostname()}
        SubElement(message, "ActiveParticipant", ours | {"NetworkAccessPointTypeCode": MACHINE})

    def _row(self, message: Element) -> None:
        """Which row it is: a repository can put them in order, and miss none."""
        row = self.sealed.row
        ours = _object(message, Thing(f"urn:cxr:audit:{self.sealed.number}", "2", "13", ("12", "URI", "RFC-3881")))
        told = {"film": row.about, "HMAC-SHA-256": self.sealed.seal}
        told |= {name: value for name, value in row.detail.items() if name not in self.left_out}
        for name, value in told.items():
            if value is not None:
                SubElement(ours, "ParticipantObjectDetail", {"type": name, "value": _base64(value)})


def framed(message: bytes) -> bytes:
    """A message as it goes over TLS. Source: RFC 5425, 4.3."""
    return b"%d %s" % (len(message), message)


def _object(message: Element, thing: Thing) -> Element:
    said = {"ParticipantObjectID": _printable(thing.name), "ParticipantObjectTypeCode": thing.kind}
    made = SubElement(message, "ParticipantObjectIdentification", said | {"ParticipantObjectTypeCodeRole": thing.role})
    _code(made, "ParticipantObjectIDTypeCode", *thing.code)
    if thing.query is not None:
        SubElement(made, "ParticipantObjectQuery").text = thing.query
    return made


def _code(parent: Element, name: str, code: str, meaning: str, system: str = "DCM") -> None:
    SubElement(parent, name, {"csd-code": code, "codeSystemName": system, "originalText": meaning})


def _printable(value: Any) -> str:
    return UNSPEAKABLE.sub("?", str(value))


def _base64(value: Any) -> str:
    return base64.b64encode((value if isinstance(value, str) else json.dumps(value)).encode()).decode()

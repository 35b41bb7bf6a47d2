"""A row of the audit as a DICOM audit message, in the syslog message that carries it.

Source:
    DICOM PS3.15, A.5.1 (schema) and A.5.3 (messages); PS3.16, CID 400 and 401 (codes); IHE ITI TF-2, 3.20 (syslog).
"""

import json
import socket
from datetime import UTC
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from review.people import Audit, Reader
from review.tables import Film
from review.traces import encoded

PRIORITY = 10 * 8 + 5
"""Facility security (10), severity notice (5). Source: IHE ITI TF-2, 3.20.4.1.1.2; RFC 5424, 6.2.1."""

APPLICATION, MESSAGE_ID = "cxr-review", "DICOM+RFC3881"

BOM = "\ufeff"
"""Before UTF-8. Source: RFC 5424, 6.4."""

IP_ADDRESS, MACHINE = "2", "1"
"""NetworkAccessPointTypeCode. Source: PS3.15, A.5.1."""


class Event(NamedTuple):
    """What a row's action is to DICOM."""

    code: str
    meaning: str
    action: str
    """EventActionCode: create, read, update, delete, execute."""
    kind: tuple[str, str] | None = None
    """EventTypeCode, where DICOM has one."""


ACTIVITY, LOG_USED = ("110100", "Application Activity"), ("110101", "Audit Log Used")
ACCESSED, EXPORT, IMPORT = ("110103", "DICOM Instances Accessed"), ("110106", "Export"), ("110107", "Import")
QUERY, ALERT, AUTHENTICATION = ("110112", "Query"), ("110113", "Security Alert"), ("110114", "User Authentication")

EVENTS = {
    "room.start": Event(*ACTIVITY, "E", ("110120", "Application Start")),
    "log_in": Event(*AUTHENTICATION, "E", ("110122", "Login")),
    "log_in.failed": Event(*AUTHENTICATION, "E", ("110122", "Login")),
    "log_out": Event(*AUTHENTICATION, "E", ("110123", "Logout")),
    "audit.view": Event(*LOG_USED, "R"),
    "audit.export": Event(*LOG_USED, "R"),
    "worklist.view": Event(*QUERY, "E"),
    "worklist.search": Event(*QUERY, "E"),
    "learn.view": Event(*QUERY, "E"),
    "film.view": Event(*ACCESSED, "R"),
    "film.pictures": Event(*ACCESSED, "R"),
    "film.assess_anyway": Event(*ACCESSED, "U"),
    "opinion.give": Event(*ACCESSED, "U"),
    "opinion.undo": Event(*ACCESSED, "U"),
    "film.drop": Event(*IMPORT, "C"),
    "export": Event(*EXPORT, "R"),
    "patient.forget": Event("110105", "DICOM Study Deleted", "D"),
    "film.expire": Event("110105", "DICOM Study Deleted", "D"),
    "patient.merge": Event("110110", "Patient Record", "U"),
    "reader.role": Event(*ALERT, "E", ("110136", "Security Roles Changed")),
}
ACCOUNT = Event(*ALERT, "E", ("110137", "User Security Attributes Changed"))
"""Of the other changes of accounts, whose actions begin with reader."""

OTHER = Event(*ACTIVITY, "E")


def syslog(row: Audit, reader: Reader | None, film: Film | None) -> bytes:
    """The row as a syslog message (RFC 5424), without what frames it."""
    at = row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    header = f"<{PRIORITY}>1 {at} {socket.gethostname()} {APPLICATION} - {MESSAGE_ID} - "
    return (header + BOM + xml(row, reader, film)).encode()


def framed(message: bytes) -> bytes:
    """A message as it goes over TLS. Source: RFC 5425, 4.3."""
    return b"%d %s" % (len(message), message)


def xml(row: Audit, reader: Reader | None, film: Film | None) -> str:
    """The row as an AuditMessage."""
    event = EVENTS.get(row.action) or (ACCOUNT if row.action.startswith("reader.") else OTHER)
    message = Element("AuditMessage")
    said = {"EventActionCode": event.action, "EventDateTime": row.at.astimezone(UTC).isoformat()}
    # Minor failure: it can be tried again (PS3.15, A.5.1).
    said["EventOutcomeIndicator"] = "4" if row.action.endswith("failed") else "0"
    identification = SubElement(message, "EventIdentification", said)
    _code(identification, "EventID", event.code, event.meaning)
    if event.kind:
        _code(identification, "EventTypeCode", *event.kind)
    _code(identification, "EventTypeCode", row.action, row.action, "99CXR")
    _people(message, row, reader)
    source = SubElement(
        message, "AuditSourceIdentification", {"AuditSourceID": f"{APPLICATION}@{socket.gethostname()}"}
    )
    SubElement(source, "AuditSourceTypeCode", {"csd-code": "4"})  # an application server's process
    _objects(message, row, film)
    return tostring(message, encoding="unicode")


def _people(message: Element, row: Audit, reader: Reader | None) -> None:
    """Who asked, and we, who answered."""
    address = row.detail.get("address")
    asked = {"UserID": reader.login if reader else row.detail.get("by", "unknown"), "UserIsRequestor": "true"}
    asked |= {"UserName": reader.name} if reader else {}
    asked |= {"NetworkAccessPointID": address, "NetworkAccessPointTypeCode": IP_ADDRESS} if address else {}
    SubElement(message, "ActiveParticipant", {name: str(value) for name, value in asked.items()})
    ours = {"UserID": APPLICATION, "UserIsRequestor": "false", "NetworkAccessPointID": socket.gethostname()}
    SubElement(message, "ActiveParticipant", ours | {"NetworkAccessPointTypeCode": MACHINE})


def _objects(message: Element, row: Audit, film: Film | None) -> None:
    """Whose film, what was asked for, and which row it is: a repository can put them in order, and miss none."""
    if film and film.study_instance_uid:
        _object(message, film.study_instance_uid, "2", "3", ("110180", "Study Instance UID", "DCM"))
    if film and film.patient_id:
        _object(message, film.patient_id, "1", "1", ("2", "Patient Number", "RFC-3881"))
    query = row.detail.get("query")
    if query and row.action.startswith("worklist."):
        asked = _object(message, row.action, "2", "24", ("10", "Search Criteria", "RFC-3881"))
        SubElement(asked, "ParticipantObjectQuery").text = query  # base64 already: traces.encoded
    ours = _object(message, f"urn:cxr:audit:{row.number}", "2", "13", ("12", "URI", "RFC-3881"))
    told = {"film": row.film_id, "HMAC-SHA-256": row.seal} | {
        name: value for name, value in row.detail.items() if name not in ("address", "query")
    }
    for name, value in told.items():
        if value is not None:
            SubElement(ours, "ParticipantObjectDetail", {"type": name, "value": _base64(value)})


def _object(message: Element, name: str, kind: str, role: str, code: tuple[str, str, str]) -> Element:
    said = {"ParticipantObjectID": name, "ParticipantObjectTypeCode": kind, "ParticipantObjectTypeCodeRole": role}
    made = SubElement(message, "ParticipantObjectIdentification", said)
    _code(made, "ParticipantObjectIDTypeCode", *code)
    return made


def _code(parent: Element, name: str, code: str, meaning: str, system: str = "DCM") -> None:
    SubElement(parent, name, {"csd-code": code, "codeSystemName": system, "originalText": meaning})


def _base64(value: Any) -> str:
    return encoded(value if isinstance(value, str) else json.dumps(value))

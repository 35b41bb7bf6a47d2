"""A row of the reading room's audit as a DICOM audit message."""

from auditing.events import (
    ACCESSED,
    ACTIVITY,
    ALERT,
    ATTRIBUTES,
    AUTHENTICATION,
    DELETED,
    EXPORT,
    IMPORT,
    LOG_USED,
    LOGIN,
    LOGOUT,
    OTHER,
    PATIENT,
    QUERY,
    ROLES,
    SECURITY,
    START,
    Event,
)
from auditing.message import Message, Thing, study
from review.chain.seal import sealed
from review.people import Audit, Reader
from review.tables import Film

APPLICATION = "cxr-review"

EVENTS = {
    "room.start": Event(*ACTIVITY, "E", START),
    "log_in": Event(*AUTHENTICATION, "E", LOGIN),
    "log_in.failed": Event(*AUTHENTICATION, "E", LOGIN, failed=True),
    "log_out": Event(*AUTHENTICATION, "E", LOGOUT),
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
    "patient.forget": Event(*DELETED, "D"),
    "film.expire": Event(*DELETED, "D"),
    "patient.merge": Event(*PATIENT, "U"),
    "disk.rekey": Event(*ALERT, "E", SECURITY),
    "reader.role": Event(*ALERT, "E", ROLES),
}
ACCOUNT = Event(*ALERT, "E", ATTRIBUTES)
"""Of the other changes of accounts, whose actions begin with reader."""


def message(row: Audit, reader: Reader | None, film: Film | None) -> Message:
    """Of a row, of who it is of, and of its film."""
    event = EVENTS.get(row.action) or (ACCOUNT if row.action.startswith("reader.") else OTHER)
    event = event._replace(failed=event.failed or row.action.endswith("failed"))
    user, name = (reader.login, reader.name) if reader else (str(row.detail.get("by", "unknown")), "")
    return Message(APPLICATION, sealed(row), event, user, name, _things(row, film), ("address", "query"))


def _things(row: Audit, film: Film | None) -> list[Thing]:
    """Whose film, and what was asked for."""
    found = []
    if film and film.study_instance_uid:
        found.append(study(film.study_instance_uid))
    if film and film.patient_id:
        found.append(Thing(film.patient_id, "1", "1", ("2", "Patient Number", "RFC-3881")))
    query = row.detail.get("query")
    if query and row.action.startswith("worklist."):  # base64 already: traces.encoded
        found.append(Thing(row.action, "2", "24", ("10", "Search Criteria", "RFC-3881"), query))
    return found

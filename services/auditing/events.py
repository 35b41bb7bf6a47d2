"""What rows of an audit are to DICOM.

Source:
    DICOM PS3.16, CID 400 (events) and 401 (their types); PS3.15, A.5.3 (which message is for what).
"""

from collections.abc import Mapping
from typing import NamedTuple


class Event(NamedTuple):
    """What a row's action is to DICOM."""

    code: str
    meaning: str
    action: str
    """EventActionCode: create, read, update, delete, execute."""
    kind: tuple[str, str] | None = None
    """EventTypeCode, where DICOM has one."""
    failed: bool = False
    """Whether the action is one that did not come about."""


Events = Mapping[str, Event]
"""By action."""

ACTIVITY, LOG_USED = ("110100", "Application Activity"), ("110101", "Audit Log Used")
ACCESSED, TRANSFERRED = ("110103", "DICOM Instances Accessed"), ("110104", "DICOM Instances Transferred")
EXPORT, IMPORT = ("110106", "Export"), ("110107", "Import")
DELETED, PATIENT = ("110105", "DICOM Study Deleted"), ("110110", "Patient Record")
QUERY, ALERT, AUTHENTICATION = ("110112", "Query"), ("110113", "Security Alert"), ("110114", "User Authentication")

START, STOP = ("110120", "Application Start"), ("110121", "Application Stop")
LOGIN, LOGOUT, NODE = ("110122", "Login"), ("110123", "Logout"), ("110126", "Node Authentication")
SECURITY = ("110129", "Security Configuration")
SOFTWARE, RESTRICTED = ("110131", "Software Configuration"), ("110132", "Use of Restricted Function")
ROLES, ATTRIBUTES = ("110136", "Security Roles Changed"), ("110137", "User Security Attributes Changed")

OTHER = Event(*ACTIVITY, "E")
"""Of an action that DICOM has no message for."""

DOORS = {
    "caller.unknown": Event(*AUTHENTICATION, "E", LOGIN, failed=True),
    "caller.forbidden": Event(*ALERT, "E", RESTRICTED, failed=True),
}
"""Of every HTTP door: who did not prove who they are, and who may not do what they asked for."""

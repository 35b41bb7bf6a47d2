"""What the gateway's audit tells, and what that is to DICOM. Nothing in it is of a patient: films are told by their
assessments' ids, and studies by what stands for their UIDs."""

from pydantic_settings import SettingsConfigDict

from auditing.events import ACCESSED, ACTIVITY, ALERT, DELETED, DOORS, QUERY, SOFTWARE, START, STOP, TRANSFERRED, Event
from auditing.service import Service
from auditing.settings import KeptInFiles

CHANGED = Event(*ALERT, "E", SOFTWARE)

EVENTS = {
    "gateway.start": Event(*ACTIVITY, "E", START),
    "gateway.stop": Event(*ACTIVITY, "E", STOP),
    "film.assess": Event(*TRANSFERRED, "C"),
    "film.refuse": Event(*TRANSFERRED, "C", failed=True),
    "film.store": Event(*TRANSFERRED, "C"),
    "film.forget": Event(*DELETED, "D"),
    "header.read": Event(*ACCESSED, "R"),
    "results.read": Event(*ACCESSED, "R"),
    "pictures.read": Event(*ACCESSED, "R"),
    "feed.read": Event(*QUERY, "E"),
    "study.search": Event(*QUERY, "E"),
    "study.read": Event(*TRANSFERRED, "R"),
    **{f"release.{verb}": CHANGED for verb in ("serve", "canary", "shadow", "settle", "rollback")},
    **DOORS,
}

SERVICE = Service("gateway", "CXR_", EVENTS)


class AuditSettings(KeptInFiles):
    """What the gateway's settings say of its audit, for commands that need no more of them."""

    model_config = SettingsConfigDict(env_prefix="CXR_", env_ignore_empty=True)

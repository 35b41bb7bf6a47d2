"""A service that keeps its audit in files."""

from dataclasses import dataclass

from auditing.events import OTHER, Events
from auditing.message import Message, study
from auditing.row import Sealed


@dataclass(frozen=True)
class Service:
    """Whose audit it is."""

    name: str
    """Begins the actions of its start and end."""
    prefix: str
    """Of its settings and metrics' names, as CXR_SCP_."""
    events: Events
    """What its actions are to DICOM."""

    @property
    def application(self) -> str:
        """As the repository knows it."""
        return f"cxr-{self.name}"

    def syslog(self, sealed: Sealed) -> bytes:
        """A row as a syslog message."""
        row = sealed.row
        event = self.events.get(row.action, OTHER)
        things = [study(str(row.detail["study"]))] if row.detail.get("study") else []
        return Message(self.application, sealed, event, row.who or "", things=things).syslog()

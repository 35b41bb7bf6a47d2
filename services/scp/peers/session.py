"""What every peer can be asked, however it is reached."""

from abc import ABC, abstractmethod
from datetime import date

from scp.errors import PeerAwayError

TIMEOUT_S = 30.0

FILM_MODALITIES = ("CR", "DX")
"""Of a series of films. Source: PS3.3, C.7.3.1.1.1. Secondary captures are of any modality, and not looked for."""


class Session(ABC):
    """A connection to a peer, good for several objects."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Deliver one object.

        Raises:
            PeerAwayError: try again later.
            PeerRefusedError: it does not want this one.
        """

    @abstractmethod
    def instances(self, study_instance_uid: str) -> set[str]:
        """SOP Instance UIDs that the peer has of a study.

        Raises:
            PeerAwayError: it does not tell.
        """

    @abstractmethod
    def films(self, since: date) -> dict[str, str]:
        """Films that the peer has of studies since a day: SOP Instance UID to Study Instance UID.

        Raises:
            PeerAwayError: it does not tell.
        """


class Receiver(Session):
    """A peer that takes what it is sent, and is not asked what it has."""

    name: str
    """For a person: what it is."""

    def instances(self, study_instance_uid: str) -> set[str]:
        """It is not asked."""
        raise PeerAwayError(f"is {self.name}, which is not asked what it has")

    def films(self, since: date) -> dict[str, str]:
        """As instances."""
        raise PeerAwayError(f"is {self.name}, which is not asked what it has")

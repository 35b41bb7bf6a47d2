"""Connections to the DICOM port: those that have not said who they are keep nobody out, nor does one address alone."""

import contextlib
import socket
import threading
from collections import Counter
from typing import Any

from pynetdicom.association import Association

MAX_SILENT = 64
"""Connections without a request, each with a thread: with one more, the one that has been silent for longest is ended.
An honest peer asks for its association within milliseconds."""

ARTIM_S = 10.0
"""Seconds in which a peer has to ask for its association. Source: PS3.8, 9.1.5, names no time; pynetdicom takes 30."""


BACKLOG = 128
"""Peers that connect at the same time and are taken one after the other; Python's servers have 5."""


class Connections:
    """Of one listener; safe to share between the threads of its associations."""

    def __init__(self, most: int) -> None:
        """None yet; so many associations are taken at once, three quarters of them from one address."""
        self._most, self._most_of_one = most, max(1, most - most // 4)
        self._silent: dict[Association, None] = {}
        self._admitted: dict[Association, str] = {}
        self._lock = threading.Lock()

    def opened(self, association: Association) -> None:
        """Somebody connected, and has not said anything."""
        association.dul.artim_timer.timeout = ARTIM_S
        with self._lock:
            self._silent[association] = None
            longest = next(iter(self._silent)) if len(self._silent) > MAX_SILENT else None
            if longest:
                del self._silent[longest]
        if longest:
            _hang_up(longest)

    def admit(self, association: Association, address: str) -> bool:
        """Whether there is room for an association that is asked for by who may; it takes the room until it ends."""
        with self._lock:
            self._silent.pop(association, None)
            self._admitted = {each: of for each, of in self._admitted.items() if each.is_alive()}
            taken = Counter(self._admitted.values())
            if taken.total() >= self._most or taken[address] >= self._most_of_one:
                return False
            self._admitted[association] = address
            return True

    def closed(self, association: Association) -> None:
        """It is over."""
        with self._lock:
            self._silent.pop(association, None)
            self._admitted.pop(association, None)


def _hang_up(association: Any) -> None:
    """The association's own thread sees that, and ends."""
    with contextlib.suppress(OSError, AttributeError):  # it has ended meanwhile
        association.dul.socket.socket.shutdown(socket.SHUT_RDWR)

"""What the gateway still has to forget: a list of assessments' ids, kept until it has said that they are gone.

The gateway forgets by itself, too, after its time to live; while this list waits for a gateway that is away, that ends
what is left there. An id is made by the gateway, and says nothing of a patient.
"""

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from auditing.disk import sync

FOLDER = "forget-at-gateway"
"""In a service's folder: an empty file for each assessment, so that several processes can add and remove some."""

MAX_FAULTS = 3
"""Of asking, before the rest waits for the next time: a gateway that is away costs seconds, each time."""

EVERY_S = 30.0
"""How often a service looks whether there is something left to be asked for."""


@dataclass(frozen=True)
class Done:
    """What came of asking; nothing of whom."""

    gone: int
    """Assessments that the gateway had, and has no longer."""
    left: int
    """That it has to be asked for again."""
    why: str = ""
    """The last reason for that."""

    def __str__(self) -> str:
        if not self.left:
            return f"The gateway was asked, too: {self.gone} assessments are gone from its memory."
        return (
            f"The gateway was asked, too, and {self.left} assessments may still be in its memory: {self.why}. It is "
            "asked again by itself while the service runs, and by `forget --again`. They end there by themselves "
            "within 24 h (CXR_ASSESSMENT_TTL_S)."
        )


@dataclass(frozen=True)
class Errands:
    """Of one service."""

    folder: Path
    """The service's."""

    def add(self, assessments: Iterable[str]) -> None:
        """Note assessments, by their ids; they are on the disk when this returns. Raises OSError."""
        ids = list(assessments)
        if ids:
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            for each in ids:
                (self._place / each).touch(mode=0o600)
            sync(self._place)

    def left(self) -> list[str]:
        """Ids of those of which the gateway has not said yet that they are gone. Raises OSError."""
        return sorted(path.name for path in self._place.iterdir()) if self._place.exists() else []

    def run(self, forget: Callable[[str], bool], faults: type[Exception]) -> Done:
        """Ask for all that are left.

        Args:
            forget: asks for one; whether the gateway had it.
            faults: what it raises where the gateway did not say that it has none: this one is asked for again.

        Raises:
            OSError: the list cannot be read or changed.
        """
        gone = 0
        reasons: list[str] = []
        for each in self.left():
            try:
                gone += forget(each)
            except faults as error:
                reasons.append(str(error))
                if len(reasons) == MAX_FAULTS:
                    break
            else:
                (self._place / each).unlink(missing_ok=True)
        return Done(gone, len(self.left()), reasons[-1] if reasons else "")

    def until(self, stop: Event, forget: Callable[[str], bool], faults: type[Exception]) -> None:
        """Ask now and then, until stop is set; a disk that is away is tried again."""
        while not stop.is_set():
            with contextlib.suppress(OSError):
                self.run(forget, faults)
            stop.wait(EVERY_S)

    @property
    def _place(self) -> Path:
        return self.folder / FOLDER

"""A modality that goes on sending, one film after the other, and sends again what was not taken: as they all do."""

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pydicom import Dataset

from tests.trials.containers import dicom
from tests.trials.traffic.exposures import exposures

PAUSE_S = 1.0
"""Between two films, and before one is sent again."""

MANY = 100_000


@dataclass
class Modality:
    """Sends while it is entered. At its end the last film was taken, or could not be for a while."""

    seed: int
    taken: list[Dataset] = field(default_factory=list)
    """Those for which it got success."""
    refusals: int = 0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def told(self) -> str:
        """In words."""
        again = f", {self.refusals} times not at once" if self.refusals else ""
        return f"{len(self.taken)} by C-STORE{again}"

    def _send(self) -> None:
        for film in exposures(MANY, self.seed, "Upgrade"):
            while not dicom.c_store([film]):
                self.refusals += 1
                if self._over.wait(PAUSE_S):
                    return
            self.taken.append(film)
            if self._over.wait(PAUSE_S):
                return

"""What is written of a film that the gateway has answered: the same objects as the gateway's own addresses give.

Writing a film's objects takes four tenths of a second of one processor, in Python: so it is done in processes of their
own, or the listener could write no more than one film at a time. A film whose header is such that writing never ends,
or that ends its process, is not written, and the next one gets a new process.
"""

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import TimeoutError as TooLate
from typing import Protocol, Self

import cv2
from pebble import ProcessExpired, ProcessPool

from results.errors import NotFoundError
from results.event import write_event
from results.identity import Superseded
from results.reading import Answered, of_classes
from results.writing import write_fhir, write_lungs, write_oru, write_overlay, write_sr
from scp.errors import UnwritableError

MAX_WRITING_S = 60.0
"""For one film; far above what the largest takes on a busy machine."""


class Write(Protocol):
    """Writes what the routes want of a reading: `write`, here or in a process of its own."""

    def __call__(self, reading: Answered, kinds: Iterable[str], earlier: Superseded | None) -> dict[str, bytes]:
        """See `write`."""


class Writers:
    """Processes that write, started with the first film: while a machine starts, its stages want the processors."""

    def __init__(self, processes: int, patient_system: str | None = None) -> None:
        """Of so many processes; patient_system as for `write`."""
        self._patient_system = patient_system
        # Not forked: a copy of a process with threads may hold their locks for ever.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(max_workers=processes, initializer=_start, context=context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def write(self, reading: Answered, kinds: Iterable[str], earlier: Superseded | None) -> dict[str, bytes]:
        """As the function of that name, in one of the processes; the caller waits.

        Raises:
            UnwritableError: as there; or writing took longer than MAX_WRITING_S, or ended its process.
        """
        arguments = [reading, sorted(kinds), earlier, self._patient_system]
        future = self._pool.schedule(write, args=arguments, timeout=MAX_WRITING_S)
        try:
            written: dict[str, bytes] = future.result()
        except TooLate:
            raise UnwritableError(f"its results are not written after {MAX_WRITING_S:.0f} s") from None
        except ProcessExpired:
            raise UnwritableError("the process that wrote its results died") from None
        return written


def write(
    reading: Answered, kinds: Iterable[str], earlier: Superseded | None, patient_system: str | None = None
) -> dict[str, bytes]:
    """The results of a reading by kind, those that there are: of a film refused before the segmenter, no lungs,
    and of a number no pictures.

    Args:
        reading: with the film's header.
        kinds: results, as routes name them.
        earlier: the report of the same film that this one supersedes.
        patient_system: URI of the system of this hospital's patient IDs, for FHIR.

    Raises:
        UnwritableError: the film is such that a result cannot be written of it.
    """
    writers: dict[str, Callable[[], bytes]] = {
        "sr": lambda: write_sr(reading, earlier),
        "lungs": lambda: write_lungs(of_classes(reading)),
        "overlay": lambda: write_overlay(of_classes(reading)),
        "fhir": lambda: write_fhir(reading, patient_system),
        "assessment": lambda: write_event(reading),
        "oru": lambda: write_oru(reading),
    }
    written = {}
    for kind in sorted(kinds):
        try:
            written[kind] = writers[kind]()
        except NotFoundError:
            continue
        except Exception as error:  # a library met a film that it did not expect, and its words may be a patient's
            raise UnwritableError(f"no {kind} can be written of it: {type(error).__name__}") from None
    return written


def _start() -> None:
    cv2.setNumThreads(1)  # one film each, and a processor each

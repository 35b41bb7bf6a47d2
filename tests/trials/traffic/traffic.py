"""Films through the whole hospital: modality, listener, gateway, stages, and results back in the PACS."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydicom import Dataset

from local.ports import Ports
from local.stack import Stack
from scp.ledger import Ledger
from tests import peers
from tests.orthanc import AET, Orthanc, orthanc
from tests.stacks import ready
from tests.trials.traffic.exposures import exposures

RESULTS = {"SR": "sr", "SEG": "lungs", "OT": "overlay"}
"""Modality of a result in the PACS to its kind."""

ALL_WITHIN_S = 900
"""For all results to be in the PACS."""


@dataclass
class Hospital:
    """A stack whose results go to a PACS."""

    stack: Stack
    pacs: Orthanc

    def send(self, folder: Path, title: str = "MODALITY") -> int:
        """A modality sends a folder in one association, and again until all films are taken; how often it did."""
        port = str(self.stack.ports.scp)
        command = [
            peers.path("storescu"),
            "--aetitle",
            title,
            "--call",
            "CXRCASCADE",
            "--scan-directories",
            "127.0.0.1",
            port,
            folder,
        ]
        end = time.monotonic() + ALL_WITHIN_S
        for tries in range(1, 1000):
            if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return tries
            if time.monotonic() > end:
                break
            time.sleep(1)
        raise TimeoutError(f"the listener does not take the films of {folder}")

    def states(self, films: Iterable[Dataset]) -> dict[str, int]:
        """How the films ended, by the listener's ledger: state to count; those that it does not know are "unknown"."""
        book = Ledger(f"sqlite:///{self.stack.places.films / 'ledger.sqlite'}")
        known = {sop_instance_uid: state for _, sop_instance_uid, state in book.films()}
        book.close()
        return dict(Counter(known.get(film.SOPInstanceUID, "unknown") for film in films))

    def wait(self, films: Sequence[Dataset]) -> None:
        """Return when every film has ended, and nothing is on its way."""
        end = time.monotonic() + ALL_WITHIN_S
        while set(states := self.states(films)) & {"unknown", "received"} or self.left():
            if time.monotonic() > end:
                raise TimeoutError(f"films: {states}; {self.left()} on their way")
            time.sleep(0.5)

    def left(self) -> int:
        """Films and results that wait."""
        places = self.stack.places.films
        return sum(1 for pattern in ("waiting/*", "queue/*/*") for _ in places.glob(pattern))

    def results(self, films: Iterable[Dataset]) -> Counter[tuple[str, str]]:
        """Kind and Study Instance UID to how many of these results are in the PACS."""
        found: Counter[tuple[str, str]] = Counter()
        for film in films:
            study = str(film.StudyInstanceUID)
            instances = self.pacs.of_study(study)
            found.update((RESULTS[each["modality"]], study) for each in instances if each["modality"] in RESULTS)
        return found


@contextmanager
def hospital(
    folder: Path, archives: Path, more: Sequence[dict[str, Any]] = (), **environment: str
) -> Iterator[Hospital]:
    """Start a stack and a PACS; its results go there by C-STORE, and by more routes where there are any."""
    ports = Ports.free()
    (folder / "pacs").mkdir()
    with orthanc(folder / "pacs", {"CXRCASCADE": ("127.0.0.1", ports.scp)}) as pacs:
        route = {"name": "pacs", "results": ["sr", "lungs", "overlay", "amendment"]}
        route["dicom"] = {"host": "127.0.0.1", "port": pacs.port, "aet": AET}
        (folder / "routes.yaml").write_text(yaml.safe_dump({"routes": [route, *more]}))
        environment = {"CXR_SCP_ROUTES": str(folder / "routes.yaml"), **environment}
        with ready(Stack(folder / "run", ports, archives, environment), 120) as stack:
            yield Hospital(stack, pacs)


@dataclass
class Traffic:
    """What came of it."""

    films: int
    seconds: float
    states: dict[str, int]
    """Of the films in the ledger."""
    results: dict[str, int]
    """Kind to how many there are in the PACS."""
    lost: int
    """Results of films that are not in the PACS."""
    doubled: int
    """Results of the same kind of the same film."""

    @property
    def films_per_minute(self) -> float:
        """From the first association to the last result."""
        return 60 * self.films / self.seconds


def run(place: Hospital, folder: Path, films: int, associations: int, breaking: Callable[[], None]) -> Traffic:
    """Send films in so many associations at once, break something meanwhile, and count what came back."""
    sent = list(exposures(films))
    folders = [folder / f"association{number}" for number in range(associations)]
    for number, film in enumerate(sent):
        path = folders[number % associations]
        path.mkdir(exist_ok=True)
        film.save_as(path / f"{number}.dcm", enforce_file_format=True)
    started = time.monotonic()
    with ThreadPoolExecutor(associations + 1) as pool:
        sending = [pool.submit(place.send, each, f"MODALITY{number}") for number, each in enumerate(folders)]
        pool.submit(breaking).result()
        for each in sending:
            each.result()
    place.wait(sent)
    seconds, found = time.monotonic() - started, place.results(sent)
    studies = {film.StudyInstanceUID for film in sent}
    return Traffic(
        films=len(sent),
        seconds=seconds,
        states=place.states(sent),
        results={kind: sum(found[kind, study] for study in studies) for kind in RESULTS.values()},
        lost=sum(found[kind, study] == 0 for kind in RESULTS.values() for study in studies),
        doubled=sum(count - 1 for count in found.values() if count > 1),
    )


def kill(stack: Stack, name: str) -> None:
    """kill -9 a process; of a stage, its worker."""
    pid = stack.worker(name) if name in stack.ports.stages else stack.pid(name)
    if pid:
        os.kill(pid, signal.SIGKILL)

"""Films by C-STORE and STOW-RS, as modalities and archives send them."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from pydicom import Dataset

from tests import peers
from tests.orthanc import Orthanc
from tests.trials.containers.compose import DICOM_PORT
from tests.trials.traffic.exposures import part10
from tests.trials.traffic.traffic import RESULTS

BOUNDARY = "containers"
RESULTS_WITHIN_S = 120


def c_store(films: Sequence[Dataset]) -> bool:
    """Whether the listener took these films, from dcmtk's storescu."""
    with tempfile.TemporaryDirectory() as folder:
        for number, film in enumerate(films):
            film.save_as(Path(folder) / f"{number}.dcm", enforce_file_format=True)
        command = [peers.path("storescu"), "--aetitle", "MODALITY", "--call", "CXRCASCADE", "--scan-directories"]
        command += ["127.0.0.1", str(DICOM_PORT), folder]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def stow(client: httpx.Client, films: Sequence[Dataset]) -> int:
    """The status of the gateway's answer."""
    parts = [f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode() + part10(each) for each in films]
    body = b"\r\n".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
    headers = {"Content-Type": kind, "Accept": "application/dicom+json"}
    return client.post("/dicomweb/studies", content=body, headers=headers).status_code


def returned(pacs: Orthanc, films: Sequence[Dataset], within_s: float = RESULTS_WITHIN_S) -> bool:
    """Whether every result of all these films comes to the PACS, each once, in time."""

    def complete() -> bool:
        found = [sorted(each["modality"] for each in pacs.of_study(film.StudyInstanceUID)) for film in films]
        return all(modalities == sorted(RESULTS) for modalities in found)

    return until(complete, within_s)


def until(holds: Callable[[], bool], within_s: float) -> bool:
    """Whether something comes to hold in time."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.3)
    return True

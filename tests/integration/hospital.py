"""What the tests of the hospital share: sending films, and finding what came of them."""

import os
import subprocess
import sys
from pathlib import Path

from pydicom import Dataset

from local.places import ROOT
from tests import peers
from tests.trials.traffic.traffic import RESULTS, Hospital

needs_peers = peers.needs("Orthanc", "storescu")


def sent(place: Hospital, folder: Path, *films: Dataset) -> list[Dataset]:
    """The films, after a modality has sent them and all has come back."""
    for number, film in enumerate(films):
        film.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    place.send(folder)
    place.wait(films)
    return list(films)


def in_pacs(place: Hospital, film: Dataset) -> dict[str, bytes]:
    """Kind to file of a film's results, as the PACS gives them."""
    found = place.pacs.of_study(film.StudyInstanceUID)
    return {RESULTS[each["modality"]]: place.pacs.file(each) for each in found if each["modality"] in RESULTS}


def scp(place: Hospital, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m scp` beside the running listener."""
    environment = {
        "PYTHONPATH": str(ROOT / "services"),
        "CXR_SCP_FOLDER": str(place.stack.places.films),
        "CXR_SCP_ROUTES": place.stack.env["CXR_SCP_ROUTES"],
        "CXR_SCP_DISK_KEY": str(place.stack.places.disk_key),
    }
    command = [sys.executable, "-m", "scp", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

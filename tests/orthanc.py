"""Debian's Orthanc as a PACS: DICOM, DICOMweb and its own REST API, on free ports, in a folder of its own."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.ports import any_free
from tests import peers

PLUGINS = Path("/usr/share/orthanc/plugins")
AET = "ORTHANC"
STARTED_WITHIN_S = 60


class Orthanc:
    """A running PACS."""

    def __init__(self, port: int, http_port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{http_port}"
        self.api = httpx.Client(base_url=self.url, timeout=60)

    @property
    def dicomweb(self) -> str:
        """Root of its DICOMweb services."""
        return f"{self.url}/dicom-web"

    def instances(self, modality: str) -> list[dict[str, Any]]:
        """Main tags of every instance of a modality, such as SR; with its SOP Instance UID and its place, ID."""
        query = {"Level": "Instance", "Expand": True, "Query": {"Modality": modality}}
        found: list[dict[str, Any]] = self.api.post("/tools/find", json=query).json()
        return found

    def of_study(self, study_instance_uid: str) -> list[dict[str, Any]]:
        """Every instance of a study, with its place, ID, and its modality."""
        query = {"Level": "Series", "Expand": True, "Query": {"StudyInstanceUID": study_instance_uid}}
        series = self.api.post("/tools/find", json=query).json()
        return [
            {"ID": instance, "modality": each["MainDicomTags"]["Modality"]}
            for each in series
            for instance in each["Instances"]
        ]

    def file(self, instance: dict[str, Any]) -> bytes:
        """An instance as a Part 10 file."""
        return self.api.get(f"/instances/{instance['ID']}/file").content

    def count(self, modality: str) -> int:
        """How many instances of a modality there are."""
        return len(self.api.post("/tools/find", json={"Level": "Instance", "Query": {"Modality": modality}}).json())

    def delete(self, instance: dict[str, Any]) -> None:
        """Lose an instance."""
        self.api.delete(f"/instances/{instance['ID']}").raise_for_status()


@contextmanager
def orthanc(folder: Path, modalities: dict[str, tuple[str, int]] | None = None) -> Iterator[Orthanc]:
    """Start one, with an empty archive; modalities are AE title to host and port, which it may send to."""
    port, http_port = any_free(2)
    with running(folder, port, http_port, modalities or {}) as pacs:
        yield pacs


@contextmanager
def running(folder: Path, port: int, http_port: int, modalities: dict[str, tuple[str, int]]) -> Iterator[Orthanc]:
    """Start one on given ports, with what its folder holds already: a PACS that comes back."""
    settings = {
        "Name": "PACS",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [str(PLUGINS / "libOrthancDicomWeb.so")],
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": AET,
        "DicomPort": port,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {title: [title, host, at] for title, (host, at) in modalities.items()},
        "StableAge": 1,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("ab") as log:
        process = subprocess.Popen(
            [peers.path("Orthanc"), folder / "orthanc.json"], stdout=log, stderr=subprocess.STDOUT
        )
    pacs = Orthanc(port, http_port)
    try:
        _wait(pacs, process, folder / "orthanc.log")
        yield pacs
    finally:
        pacs.api.close()
        process.terminate()
        process.wait(30)


def _wait(pacs: Orthanc, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if pacs.api.get("/system").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"Orthanc did not start: {log.read_text()[-2000:]}")

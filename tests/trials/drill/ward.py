"""Who is around a gateway in a hospital: a modality that sends films, a reader, a disk and a clock."""

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydicom import Dataset
from pynetdicom import AE
from pynetdicom.association import Association

from local.ports import LOOPBACK
from tests import peers

AET = "CXRCASCADE"
REJECTED = -1
"""Instead of a status: the association was rejected, so that the sender knows at once that nothing was taken."""
MEBIBYTE = 1024 * 1024
DISK_BYTES = 1500 * MEBIBYTE
"""More than a stack wants to see free before it starts; a disk in memory takes only what is written to it."""
ROOM_BYTES = 256 * 1024
"""Left when it is shrunk, so that what is written at that moment does not get in its way."""

SOURCE = Path(__file__).with_name("clock.c")

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


def send(port: int, films: Iterable[Dataset]) -> list[int | None]:
    """C-STORE in one association; the status of each film, REJECTED, or None where there was no answer."""
    films = list(films)
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # what it has to say is in the statuses
    entity = AE("DRILL")
    for film in films:
        entity.add_requested_context(film.SOPClassUID, film.file_meta.TransferSyntaxUID)
    entity.network_timeout = entity.dimse_timeout = 20
    association = entity.associate(LOOPBACK, port, ae_title=AET)
    if not association.is_established:
        return [REJECTED if association.is_rejected else None] * len(films)
    statuses = [_status(association, film) for film in films]
    association.release()
    return statuses


def _status(association: Association, film: Dataset) -> int | None:
    """None where the listener hung up, on this film or on one before."""
    status: int | None = association.send_c_store(film).get("Status") if association.is_established else None
    return status


class Reader:
    """In the reading room, by its demo entrance."""

    def __init__(self, url: str) -> None:
        self.browser = httpx.Client(base_url=url, timeout=30)

    def log_in(self) -> int:
        """The status; 303 is in."""
        page = self.browser.get("/log-in")
        if not (token := TOKEN.search(page.text)):
            return page.status_code
        origin = str(self.browser.base_url).rstrip("/")
        return self.browser.post("/log-in/demo", data={"csrf": token[1]}, headers={"Origin": origin}).status_code

    def looks(self) -> int:
        """At the worklist; the status, of which 200 is that they are in."""
        return self.browser.get("/").status_code


class Disk:
    """Of one's own, in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no byte."""
        self._resize(shutil.disk_usage(self.folder).used + ROOM_BYTES)
        try:
            with self._ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * 4096)
        except OSError:
            pass

    def free(self) -> None:
        """As much as there was."""
        self._resize(DISK_BYTES)
        self._ballast.unlink(missing_ok=True)

    def _resize(self, size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True, capture_output=True)


@contextmanager
def disk(folder: Path) -> Iterator[Disk | None]:
    """A folder on a disk of its own; None where we may not mount one: only root may."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)


class Clock:
    """The wall clock of every process that was started with its environment; the monotonic clock goes on as it does."""

    def __init__(self, file: Path, library: Path) -> None:
        self._file = file
        self._library = library
        self.turn(0)

    @classmethod
    def made(cls, folder: Path) -> "Clock | None":
        """In a folder; None without a C compiler."""
        library = folder / "clock.so"
        if peers.why_not("cc"):
            return None
        subprocess.run([peers.path("cc"), "-shared", "-fPIC", "-O2", "-o", library, SOURCE], check=True)
        return cls(folder / "clock", library)

    @property
    def environment(self) -> dict[str, str]:
        """For the processes that live by it."""
        return {"LD_PRELOAD": str(self._library), "CXR_DRILL_CLOCK": str(self._file)}

    def turn(self, seconds: int) -> None:
        """So far ahead of the true time, or behind it; at once."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))  # in place: it is mapped into memory

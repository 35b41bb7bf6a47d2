"""A month of a hospital: its stack, its modality, its reading room, three readers, and what learning makes of them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
from numpy.typing import NDArray
from pynetdicom import AE

from certificates.certificate import Certificate
from certificates.pairs import read_pairs
from certificates.signing import write
from client.token import of_environment
from learning.candidate import build_archive, release, write_store
from learning.looking import read_parent
from learning.taught import NUMBERS, Taught
from local.places import ROOT
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.integration.readers import Reader
from tests.integration.reading_room import SAMPLES, Room, open_room
from tests.trials.traffic.exposures import exposure
from vocabulary.stages import STAGES

FILMS = 99
"""That a modality sends, of which a third judges."""

READERS = ("ada", "bob", "cyd")

READ = {"pneumonia.jpg": "interstitial_pneumonia", "normal.png": "no_pathology"}
"""What is on them, and what these readers say. The models see it, too, and are less sure of it than they may be here:
that is what the lesson teaches, whichever films chance draws to judge. Had readers to be wrong for there to be
something, chance would decide whether the certificate is given."""

PNG = {"Content-Type": "image/png"}

READY_WITHIN_S, ARRIVED_WITHIN_S, SWITCHED_WITHIN_S = 240, 420, 60
"""Many times what a stack takes to start, the films to be in the worklist, and a gateway to see its file of releases
changed."""


def films(count: int, seed: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """What is on it, and the film: the samples again and again, a little darker, brighter and shifted, none twice."""
    random = np.random.default_rng(seed)
    samples = {name: cv2.imread(str(SAMPLES / name), cv2.IMREAD_GRAYSCALE) for name in READ}
    for number in range(count):
        name = list(READ)[number % len(READ)]
        rows, columns = samples[name].shape
        top, left = (int(each) for each in random.integers(0, 7, 2))
        part = samples[name][top : rows - 6 + top, left : columns - 6 + left].astype(np.float32)
        shown = np.clip(part * random.uniform(0.9, 1.1) + random.uniform(-8, 8), 0, 255)
        yield READ[name], shown.astype(np.float32)


def png(film: NDArray[np.float32]) -> bytes:
    """As a file."""
    return cv2.imencode(".png", film.astype(np.uint8))[1].tobytes()


class Month:
    """The hospital's stack, reading room and lessons, in one folder."""

    def __init__(self, folder: Path, stack: Stack, room: Room) -> None:
        self.stack, self.room = stack, room
        self.lessons = folder / "lessons"
        self.said: dict[str, str] = {}
        """SOP Instance UID of each film that was sent, to what its reader is to say."""
        self._archives = folder / "archives"

    def send(self) -> None:
        """A modality sends its films in one association, each of a patient of its own."""
        modality = AE("MODALITY")
        shown = [(said, exposure(np.rint(16 * film).astype(np.uint16), f"Month^{number}", (16, number)))
                 for number, (said, film) in enumerate(films(FILMS, 1))]  # fmt: skip
        modality.add_requested_context(shown[0][1].SOPClassUID, shown[0][1].file_meta.TransferSyntaxUID)
        association = modality.associate("127.0.0.1", self.stack.ports.scp, ae_title="CXRCASCADE")
        assert association.is_established
        for said, film in shown:
            assert association.send_c_store(film).Status == 0
            self.said[film.SOPInstanceUID] = said
        association.release()
        until(lambda: len(self.room.films()) == FILMS, ARRIVED_WITHIN_S)

    def read(self) -> None:
        """Three readers read all films but the first, which is left for a browser, over HTTP."""
        readers = [Reader(self.room, login) for login in READERS]
        for number, film in enumerate(self.room.films()[1:]):
            readers[number % len(readers)].say(film.id, self.said[film.sop_instance_uid])
        for reader in readers:
            reader.close()

    def learn(self, *words: object) -> subprocess.CompletedProcess[str]:
        """`python -m learning`."""
        options: dict[str, list[object]] = {
            "round": ["--archives", self._archives, "--releases", self.stack.releases],
            "promote": ["--releases", self.stack.releases],
            "watch": ["--releases", self.stack.releases, "--pairs", self.stack.places.pairs],
            "undo": ["--releases", self.stack.releases],
        }
        return learning([*words, "--lessons", self.lessons, *options.get(str(words[0]), [])], self.room.folder)

    def run(self, lesson: int) -> None:
        """The lesson's classifier beside the others."""
        place = self._archives.parent / "releases" / f"lesson{lesson}"
        place.mkdir(parents=True)
        shutil.copy(self.lessons / str(lesson) / "archives" / "classifier.mar", place)
        self.stack.scale(Plan.parse(f"lesson{lesson}/classifier=1", self.stack.plan))

    def ask(self, film: bytes, **headers: str) -> dict[str, Any]:
        """What the gateway says of a film; with nothing else said, from its cache where it is there."""
        url, sent = f"{self.stack.url}/v1/assessments", PNG | headers
        answer = httpx.post(url, content=film, headers=sent, auth=of_environment(), timeout=30)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def versions(self) -> set[str]:
        """Of the classifiers that answer new films."""
        new = films(4, os.getpid())
        return {self.ask(png(film), **{"Cache-Control": "no-cache"})["models"]["classifier"] for _, film in new}

    def shown(self) -> str:
        """`python -m gateway release show`."""
        command = [sys.executable, "-m", "gateway", "release", "--file", str(self.stack.releases), "show"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "services")}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    def send_until_compared(self, name: str, count: int) -> None:
        """New films, until a release has computed so many of them beside the one that answers."""
        until(lambda: f"{name}: shadow" in self.shown())
        for _, film in films(4 * count, hash(name) % 1000):
            if self._compared(name) >= count:
                return
            self.ask(png(film), **{"Cache-Control": "no-cache"})
        until(lambda: self._compared(name) >= count)

    def _compared(self, name: str) -> int:
        folder = self.stack.places.pairs
        return sum(pair.compared.release == name for pair in read_pairs(folder)) if folder.is_dir() else 0

    def plant(self) -> None:
        """Lesson 2, certified as lesson 1 was, but its classes have changed places: a judge can be wrong."""
        first, second = self.lessons / "1", self.lessons / "2"
        shutil.copytree(first, second, ignore=shutil.ignore_patterns("archives", "model_store", "certificate*"))
        recipe = json.loads((second / "lesson.json").read_text()) | {"lesson": 2}
        (second / "lesson.json").write_text(json.dumps(recipe))
        with np.load(first / NUMBERS) as stored:
            numbers = {name: stored[name] for name in stored.files}
        np.savez(second / NUMBERS, **numbers | {name: numbers[name][::-1] for name in ("weight", "bias")})
        harmful, parent = Taught.read(second), read_parent(ROOT / "model_store")
        served = {stage: self._archives / f"{stage}.mar" for stage in STAGES}
        archive = build_archive(second, write_store(harmful, parent, []), "classifier")
        candidate = release(served | {"classifier": archive})
        certificate = Certificate.model_validate_json((first / "certificate.json").read_text())
        forged = certificate.model_copy(update={"lesson": 2, "candidate": candidate})
        write(forged, second / "certificate.json", self.lessons / "signing.key")


def learning(words: Sequence[object], room: Path) -> subprocess.CompletedProcess[str]:
    """`python -m learning`, beside a reading room's folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "services"), "REVIEW_FOLDER": str(room)}
    command = [sys.executable, "-m", "learning", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def until(so: Callable[[], bool], within_s: float = SWITCHED_WITHIN_S) -> None:
    """Return when it is so."""
    end = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < end
        time.sleep(0.2)


@contextmanager
def opened(folder: Path, archives: Path) -> Iterator[Month]:
    """Films have come from the modality, and three readers have read all but one, most before they saw the answer."""
    shutil.copytree(archives, folder / "archives")
    parts = ("valkey", *STAGES, "gateway", "scp")
    stack = Stack(folder / "run", Ports.free(), folder / "archives", processes=parts)
    (folder / "readings").mkdir()
    fed = {"feed": "true", "feed_sources": "modality", "blind_share": 0.7, "second_read": False}
    try:
        stack.up()
        stack.wait_ready(READY_WITHIN_S)
        with open_room(folder / "readings", stack.url, **fed) as room:
            for login in READERS:
                room.add_reader(login)
            month = Month(folder, stack, room)
            month.send()
            month.read()
            yield month
    finally:
        stack.down()

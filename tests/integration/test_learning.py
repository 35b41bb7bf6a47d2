"""A month of a hospital: films are read, a lesson is taught, judged and served, and one that harms goes by itself."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from certificates.certificate import Certificate
from certificates.pairs import read_pairs
from certificates.signing import write
from client.token import of_environment
from learning import ledger
from learning.candidate import build_archive, release, write_store
from learning.lesson import NUMBERS, Taught
from learning.looking import read_parent
from local.places import ROOT
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.integration.conftest import SAMPLES, Gateway
from tests.integration.readers import Reader
from tests.integration.reading_room import Room, open_room
from vocabulary.stages import STAGES

FILMS, LATER = 99, 60
"""Films that are read, of which a third judges; and films that come while a candidate is watched."""

READERS = ("ada", "bob", "cyd")

READ = {"pneumonia.jpg": "interstitial_pneumonia", "normal.png": "no_pathology"}
"""What is on them, and what these readers say. The models see it, too, and are less sure of it than they may be here:
that is what the lesson teaches, whichever films chance draws to judge. Had readers to be wrong for there to be
something, chance would decide whether the certificate is given."""


def films(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The sample films again and again, a little darker, brighter and shifted: no two are alike."""
    random = np.random.default_rng(seed)
    samples = {name: cv2.imread(str(SAMPLES / name), cv2.IMREAD_GRAYSCALE) for name in READ}
    for number in range(count):
        name = list(READ)[number % len(READ)]
        rows, columns = samples[name].shape
        top, left = (int(each) for each in random.integers(0, 7, 2))
        part = samples[name][top : rows - 6 + top, left : columns - 6 + left].astype(np.float32)
        grey = np.clip(part * random.uniform(0.9, 1.1) + random.uniform(-8, 8), 0, 255).astype(np.uint8)
        yield READ[name], cv2.imencode(".png", grey)[1].tobytes()


SWITCHED_WITHIN_S = 60
"""Many times what a gateway takes to see another file of releases, and what comes of it."""


class Month:
    """The hospital's stack, reading room and lessons, in one folder."""

    def __init__(self, folder: Path, stack: Stack, room: Room) -> None:
        self.stack, self.room = stack, room
        self.lessons = folder / "lessons"
        self._archives = folder / "archives"

    def learn(self, *words: object) -> subprocess.CompletedProcess[str]:
        """`python -m learning`."""
        options: dict[str, list[object]] = {
            "round": ["--archives", self._archives, "--releases", self.stack.releases],
            "promote": ["--releases", self.stack.releases],
            "watch": ["--releases", self.stack.releases, "--pairs", self.stack.places.pairs],
            "undo": ["--releases", self.stack.releases],
        }
        command = [*words, "--lessons", self.lessons, *options.get(str(words[0]), [])]
        return _learning(command, self.room.folder)

    def run(self, lesson: int) -> None:
        """The lesson's classifier beside the others."""
        place = self._archives.parent / "releases" / f"lesson{lesson}"
        place.mkdir(parents=True)
        shutil.copy(self.lessons / str(lesson) / "archives" / "classifier.mar", place)
        self.stack.scale(Plan.parse(f"lesson{lesson}/classifier=1", self.stack.plan))

    def versions(self) -> set[str]:
        """Of the classifiers that answer new films."""
        with Gateway(base_url=self.stack.url, timeout=30, auth=of_environment()) as client:
            answers = [client.post("/v1/assessments", content=film, headers=PNG) for _, film in films(4, os.getpid())]
        return {answer.json()["models"]["classifier"] for answer in answers}

    def compared(self, name: str) -> int:
        """Films that a release computed beside the one that answered."""
        folder = self.stack.places.pairs
        return sum(pair.compared.release == name for pair in read_pairs(folder)) if folder.is_dir() else 0


def _learning(words: Sequence[object], room: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "services"), "REVIEW_FOLDER": str(room)}
    command = [sys.executable, "-m", "learning", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


PNG = {"Content-Type": "image/png", "Cache-Control": "no-cache"}


@pytest.fixture(scope="module")
def month(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Films have come, and three readers have read them, most before they saw the models' answer."""
    folder = tmp_path_factory.mktemp("month")
    shutil.copytree(archives, folder / "archives")
    stack = Stack(folder / "run", Ports.free(), folder / "archives", processes=("valkey", *STAGES, "gateway"))
    (folder / "readings").mkdir()
    try:
        stack.up()
        stack.wait_ready(240)
        with open_room(folder / "readings", stack.url, blind_share=0.7, second_read=False) as room:
            for login in READERS:
                room.add_reader(login)
            _read(room)
            yield Month(folder, stack, room)
    finally:
        stack.down()


def _read(room: Room) -> None:
    readers = [Reader(room, login) for login in READERS]
    for number, (truth, film) in enumerate(films(FILMS, 1)):
        reader = readers[number % len(readers)]
        reader.say(reader.drop(film), truth)
    for reader in readers:
        reader.close()


def test_a_round_teaches_judges_and_signs_and_leaves_no_film_behind(month: Month) -> None:
    done = month.learn("round")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Calibration and operating points may be taught" in done.stdout
    assert "lesson 1: it may be promoted" in done.stdout
    kept = [path for path in month.lessons.rglob("*") if path.suffix in (".png", ".csv")]
    assert kept == []
    assert [entry["what"] for entry in ledger.read(month.lessons)] == ["teach", "judge"]


def test_acceptance_on_a_few_films_gives_no_verdict_and_says_how_many_it_needs(month: Month, tmp_path: Path) -> None:
    out, table = tmp_path / "accept", tmp_path / "truth.csv"
    rows = [f"{name},{label.replace('_', ' ')}" for name, label in READ.items()]
    table.write_text("\n".join(["file,label", *rows]) + "\n")
    command = ["accept", "--films", SAMPLES, "--truth", table, "--out", out, "--gateway", month.stack.url]

    done = _learning(command, month.room.folder)

    assert done.returncode == 3, done.stdout + done.stderr
    assert "too few" in done.stdout
    assert "1 of 50 films" in done.stdout
    report = json.loads((out / "report.json").read_text())
    assert report["counts"]["judged"] == {"interstitial_pneumonia": 1, "other_pathology": 0, "no_pathology": 1}
    assert report["models"]["classifier"] in month.versions()
    assert (out / "report.html").is_file() and (out / "card.md").is_file()


def test_a_certified_candidate_is_compared_and_then_serves(month: Month) -> None:
    month.run(1)
    assert month.learn("promote", 1, "--shadow").returncode == 0
    _send_until_compared(month, "lesson1")
    watched = month.learn("watch", 1)
    assert watched.returncode == 0, watched.stdout + watched.stderr
    assert "of its parent's" in watched.stdout, "readers were looked at too"

    unapproved = month.learn("promote", 1, "--serve")
    assert unapproved.returncode == 1
    assert "nobody has approved lesson 1" in unapproved.stderr
    assert month.learn("promote", 1, "--canary", "0.5", "--reason", "a test").returncode == 0
    assert month.learn("promote", 1, "--serve", "--reason", "a test").returncode == 0
    _until(lambda: month.versions() == {Taught.read(month.lessons / "1").recipe["parent"]["version"] + "-lesson.1"})


def test_a_candidate_that_harms_goes_by_itself(month: Month) -> None:
    _plant(month)
    month.run(2)
    assert month.learn("promote", 2, "--shadow").returncode == 0
    _send_until_compared(month, "lesson2")
    stopped = month.learn("watch", 2, "--stop")
    assert stopped.returncode == 3, stopped.stdout + stopped.stderr
    assert "STOP flips" in stopped.stdout
    assert "lesson2: not used" in stopped.stdout
    assert ledger.read(month.lessons)[-1]["what"] == "undo"


def test_undo_brings_back_what_answered_before(month: Month) -> None:
    assert month.learn("undo", "--reason", "a test").returncode == 0
    told = [f"{entry['what']}" for entry in ledger.read(month.lessons)]
    assert told == ["teach", "judge", "shadow", "canary", "serve", "shadow", "undo", "undo"]
    assert "serve" in month.learn("history").stdout


def _send_until_compared(month: Month, name: str) -> None:
    _until(lambda: f"{name}: shadow" in _shown(month))
    sent = list(films(4 * LATER, hash(name) % 1000))
    with Gateway(base_url=month.stack.url, timeout=30, auth=of_environment()) as client:
        for _, film in sent:
            if month.compared(name) >= LATER:
                return
            assert client.post("/v1/assessments", content=film, headers=PNG).status_code == 200
    _until(lambda: month.compared(name) >= LATER)


def _until(so: Callable[[], bool]) -> None:
    """Return when it is so."""
    end = time.monotonic() + SWITCHED_WITHIN_S
    while not so():
        assert time.monotonic() < end
        time.sleep(0.2)


def _shown(month: Month) -> str:
    command = [sys.executable, "-m", "gateway", "release", "--file", str(month.stack.releases), "show"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "services")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _plant(month: Month) -> None:
    """Lesson 2, certified as lesson 1 was, but its classes have changed places: a judge can be wrong."""
    first, second = month.lessons / "1", month.lessons / "2"
    shutil.copytree(first, second, ignore=shutil.ignore_patterns("archives", "model_store", "certificate*"))
    recipe = json.loads((second / "lesson.json").read_text()) | {"lesson": 2}
    (second / "lesson.json").write_text(json.dumps(recipe))
    with np.load(first / NUMBERS) as stored:
        numbers = {name: stored[name] for name in stored.files}
    np.savez(second / NUMBERS, **numbers | {name: numbers[name][::-1] for name in ("weight", "bias")})
    harmful, parent = Taught.read(second), read_parent(ROOT / "model_store")
    served = {stage: month.stack.archives / f"{stage}.mar" for stage in STAGES}
    candidate = release(served | {"classifier": build_archive(harmful, write_store(harmful, parent, []))})
    certificate = Certificate.model_validate_json((first / "certificate.json").read_text())
    forged = certificate.model_copy(update={"lesson": 2, "candidate": candidate})
    write(forged, second / "certificate.json", month.lessons / "signing.key")

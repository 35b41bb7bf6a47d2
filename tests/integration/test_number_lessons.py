"""A hospital whose readers measure hands 14 months higher: they teach the stage, which is tried, serves and goes."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from certificates.pairs import read_pairs
from client.places import releases_file
from client.token import of_environment
from local import archives as model_archives
from local.places import ROOT
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.integration.month import ARRIVED_WITHIN_S, PNG, READY_WITHIN_S, learning, until
from tests.integration.readers import Reader
from tests.integration.reading_room import SAMPLES, Room, open_room
from training.numbers.varied import varied

FILMS = 96
"""A third of them judges: 32, of which 30 are needed."""

LATER = 55
"""Films that come while the lesson is watched: 50 are looked at."""

HIGHER, NOISE = 14.0, 0.5
"""Months: this hospital's habit, and what its readers differ by beside it. The films are of one hand and differ little:
with more noise it were chance, in the films that are drawn to judge, whether the certificate believes the readers."""

if not (ROOT / "model_store" / "bone-age" / "weights.safetensors").exists():
    pytest.skip("there are no weights of bone-age in model_store", allow_module_level=True)


def hands(count: int, seed: int) -> Iterator[bytes]:
    """The sample again and again, placed and exposed otherwise, as files; no film is there twice."""
    random = np.random.default_rng(seed)
    hand = cv2.imread(str(SAMPLES / "hand.png"), cv2.IMREAD_GRAYSCALE)
    side = min(hand.shape)
    square = cv2.resize(hand, (side, side), interpolation=cv2.INTER_AREA)
    for _ in range(count):
        yield cv2.imencode(".png", varied(square, random))[1].tobytes()


class Ward:
    """The stack, its reading room and its lessons."""

    def __init__(self, folder: Path, stack: Stack, room: Room) -> None:
        self.stack, self.room, self.lessons = stack, room, folder / "lessons"
        self.releases = releases_file(stack.places.run, "bone-age")

    def ask(self, film: bytes) -> dict[str, Any]:
        """What the gateway reads off a film."""
        url = f"{self.stack.url}/v1/assessments?problem=bone-age"
        answer = httpx.post(url, content=film, headers=PNG, auth=of_environment(), timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def read(self) -> int:
        """A reader measures all films that were not refused, each before the answer is shown; how many there are."""
        random, answers = np.random.default_rng(0), {each.id: each for each in self.room.assessments()}
        with closing(Reader(self.room, "ada")) as ada:
            measured = [film for film in self.room.films() if film.outcome == "assessed"]
            for film in measured:
                ada.measure(film.id, answers[film.assessment_id].measured[0] + HIGHER + random.normal(0, NOISE))
        return len(measured)

    def learn(self, *words: object) -> tuple[int, str]:
        """`python -m learning`: its code, and all that it said."""
        places: Mapping[str, list[object]] = {
            "round": ["--archives", self.stack.archives, "--problem", "bone-age"],
            "watch": ["--pairs", self.stack.places.pairs],
            "undo": ["--problem", "bone-age"],
        }
        known = [*places.get(str(words[0]), []), "--releases", self.releases, "--lessons", self.lessons]
        done = learning([*words, *known], self.room.folder)
        return done.returncode, done.stdout + done.stderr

    def compared(self) -> int:
        """Films that the lesson's release measured beside the one that answered."""
        folder = self.stack.places.pairs
        return sum(pair.compared.release == "lesson1" for pair in read_pairs(folder)) if folder.is_dir() else 0


@contextmanager
def opened(folder: Path) -> Iterator[Ward]:
    """Films have come by the gateway's feed, to be read blind."""
    model_archives.build("bone-age", folder / "archives")
    names = ("valkey", "bone-age", "gateway")
    stack = Stack(folder / "run", Ports.free(), folder / "archives", plan=Plan.parse("bone-age=1"), processes=names)
    (folder / "readings").mkdir()
    try:
        stack.up()
        stack.wait_ready(READY_WITHIN_S, names=("valkey", "bone-age"))
        with open_room(folder / "readings", stack.url, feed="true", blind_share=1, second_read=False) as room:
            room.add_reader("ada")
            yield Ward(folder, stack, room)
    finally:
        stack.down()


def test_readers_numbers_teach_the_stage_which_is_watched_serves_and_goes_back(tmp_path: Path) -> None:
    with opened(tmp_path) as ward:
        until(lambda: httpx.get(f"{ward.stack.url}/livez").status_code == httpx.codes.OK)
        for film in hands(FILMS, 1):
            ward.ask(film)
        until(lambda: len(ward.room.films()) == FILMS, ARRIVED_WITHIN_S)
        assert ward.read() >= 90

        code, said = ward.learn("round")
        assert code == 0 and "lesson 1: it may be promoted" in said, said

        place = ward.stack.archives.parent / "releases" / "lesson1"
        place.mkdir(parents=True)
        (ward.lessons / "1" / "archives" / "bone-age.mar").rename(place / "bone-age.mar")
        ward.stack.scale(Plan.parse("lesson1/bone-age=1", ward.stack.plan))
        (film,) = hands(1, 2)
        before = ward.ask(film)["value"]["months"]
        assert ward.learn("promote", 1, "--shadow")[0] == 0
        later = hands(4 * LATER, 3)
        until(lambda: ward.ask(next(later)) is not None and ward.compared() >= LATER, ARRIVED_WITHIN_S)
        code, said = ward.learn("watch", 1, "--stop")
        assert code == 0 and "STOP" not in said, said
        assert f"numbers change by +{HIGHER:.0f}"[:-1] in said, said

        code, said = ward.learn("promote", 1, "--serve", "--reason", "a test")
        assert code == 0, said
        until(lambda: ward.ask(film)["value"]["months"] != before)
        taught = ward.ask(film)
        assert abs(taught["value"]["months"] - before - HIGHER) < 3
        assert taught["models"]["bone-age"].endswith("-lesson.1")

        assert ward.learn("undo", "--reason", "a test")[0] == 0
        until(lambda: ward.ask(film)["value"]["months"] == before)

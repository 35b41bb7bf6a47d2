"""What a round tells of itself while it runs, and how it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certificates.progress import FILE, LOCK, Progress, read
from learning.errors import LearningError
from learning.progress import WRITTEN_EVERY_S, Teller, alone, telling

SERVICES = Path(__file__).resolve().parents[3] / "services"

ENDS_WITHIN_S = 120
"""Many times what it takes."""

HOLDS_FILMS = """
import sys, time
from pathlib import Path
from tempfile import TemporaryDirectory
from learning.errors import LearningError
from learning.progress import telling

lessons = Path(sys.argv[1])
try:
    with telling(lessons / "round.json") as teller, TemporaryDirectory(dir=lessons):
        teller.step("Looking at the films", 9)
        time.sleep(600)
except LearningError as error:
    sys.exit(str(error))
"""


def learning(*words: object, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(SERVICES)} | environment
    return subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE)


def told(path: Path) -> Progress:
    found = read(path)
    assert found is not None
    return found


def test_a_round_that_nobody_has_read_films_for_fails_and_says_in_its_file_why(tmp_path: Path) -> None:
    lessons, progress = tmp_path / "lessons", tmp_path / "elsewhere.json"
    (tmp_path / "readings").mkdir()
    words = ("--lessons", lessons, "--progress", progress, "--releases", tmp_path / "none.yaml")
    with learning("-m", "learning", "round", *words, REVIEW_FOLDER=str(tmp_path / "readings")) as running:
        assert running.wait(ENDS_WITHIN_S) == 1

    found = told(progress)
    assert (found.state, found.code, found.lesson) == ("failed", 1, None)
    assert "too few labels to teach: 0 of 50 films that teach" in found.reason
    assert found.told[0].startswith("0 films teach")
    assert found.ended is not None and found.ended > found.started
    assert [each.name for each in lessons.iterdir()] == [LOCK]


def test_a_round_that_is_stopped_leaves_no_films_and_says_so(tmp_path: Path) -> None:
    with learning("-c", HOLDS_FILMS, tmp_path) as running:
        end = time.monotonic() + ENDS_WITHIN_S
        while (found := read(tmp_path / FILE)) is None or found.of != 9:
            assert time.monotonic() < end and running.poll() is None
            time.sleep(0.05)
        assert found.state == "running" and found.films == 0
        running.send_signal(signal.SIGTERM)
        assert running.wait(ENDS_WITHIN_S) == 1
        assert "it left no films behind" in running.stderr.read()
    assert told(tmp_path / FILE).state == "stopped"
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_one_round_goes_on_in_a_folder_and_who_starts_it_may_hold_the_lock_for_it(tmp_path: Path) -> None:
    with alone(tmp_path, None), pytest.raises(LearningError, match="another round goes on"), alone(tmp_path, None):
        pass
    handle = os.open(tmp_path / LOCK, os.O_RDWR)
    with alone(tmp_path, handle), pytest.raises(LearningError, match="another round"), alone(tmp_path, None):
        pass
    with alone(tmp_path, None):
        assert (tmp_path / LOCK).read_text() == f"{os.getpid()}\n"


def test_films_that_come_fast_are_not_all_written_but_the_last_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("learning.progress.time.monotonic", lambda: now[0])
    teller = Teller(path := tmp_path / FILE)
    teller.step("Finding the lungs", 4)
    teller.films(1, 4)
    assert told(path).films == 0
    now[0] += WRITTEN_EVERY_S
    teller.films(2, 4)
    assert told(path).films == 2
    teller.films(4, 4)
    assert told(path).films == 4


def test_an_error_of_ours_is_told_without_its_words_which_may_name_a_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), telling(tmp_path / FILE):
        raise ZeroDivisionError("films/doe.png")
    found = told(tmp_path / FILE)
    assert found.state == "failed" and "ZeroDivisionError" in found.reason and "doe" not in found.reason


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="cannot be written"), telling(tmp_path / "none" / FILE):
        pass


def test_what_is_no_progress_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{")
    assert read(tmp_path / FILE) is None

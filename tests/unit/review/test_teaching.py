"""A chief starts teaching and judging from the page, sees how far it is, and stops it; nobody else does."""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from certificates.progress import FILE, LOCK, Progress, read, write
from review.errors import ConflictError, WriteError
from review.settings import Settings
from review.teaching import Teaching
from tests.unit.review.room import on_sqlite
from tests.unit.review.site import Site
from tests.unit.review.test_lessons import lesson
from tests.unit.review.test_lessons_allowed import measure, settle

WITHIN_S = 240
"""Many times what it takes."""

SCRIPTED = """
import argparse, fcntl, os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from certificates.progress import Progress, write

parser = argparse.ArgumentParser()
parser.add_argument("verb")
for name in ("lessons", "progress"):
    parser.add_argument(f"--{name}", type=Path)
parser.add_argument("--lock", type=int)
parser.add_argument("--problem")
parser.add_argument("--releases", type=Path)
given, _ = parser.parse_known_args()
(given.lessons / "asked").write_text(f"{given.problem} {given.releases}")
now = Progress(state="running", step="Looking at the films", films=3, of=9, started=datetime.now(UTC))
write(now, given.progress)
while not (given.lessons / "go").exists():
    time.sleep(0.02)
end = {"state": "done", "lesson": 1, "decision": "promote", "code": 0, "ended": datetime.now(UTC)}
write(now.model_copy(update=end), given.progress)
"""


@pytest.fixture
def scripted(monkeypatch):
    """Rounds that wait for a file, instead of minutes."""
    monkeypatch.setattr("review.teaching.LEARNING", (sys.executable, "-c", SCRIPTED))


@pytest.fixture
def room(tmp_path, folder):
    with on_sqlite(tmp_path, lessons=folder, teach=True) as room:
        yield room


def until(so):
    end = time.monotonic() + WITHIN_S
    while not (found := so()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def state_of(browser, *states):
    """What the page's script is told, once it is one of these."""
    return until(lambda: (told := browser.get("/lessons/round").json()) and told["state"] in states and told)


def at_films(browser):
    return until(lambda: (told := browser.get("/lessons/round").json()) and told["films"] and told)


def test_a_chief_starts_a_round_sees_how_far_it_is_and_at_its_end_the_certificate(scripted, room, folder):
    settle(Site(room.sessions), 75, 25)
    eva = room.entered("eva", "chief")
    assert eva.get("/lessons/round").json() is None
    assert ">Teach and judge</button>" in eva.get("/lessons").text

    assert eva.fill_in("/lessons/round").headers["location"] == "/lessons"
    told = at_films(eva)
    assert (told["step"], told["films"], told["of"]) == ("Looking at the films", 3, 9)
    page = eva.get("/lessons").text
    assert "3 of 9 films" in page and 'value="3" max="9"' in page
    assert ">Stop</button>" in page and ">Teach and judge</button>" not in page

    lesson(folder)
    (folder / "go").touch()
    assert state_of(eva, "done")["lesson"] == 1
    page = eva.get("/lessons").text
    assert "may be promoted" in page and 'href="#lesson-1"' in page and ">Teach and judge</button>" in page
    (row,) = room.audited("lesson.teach")
    assert row.reader_id == room.found("eva").id


def test_a_chief_teaches_a_number_by_its_own_button_and_by_its_own_releases(scripted, tmp_path, folder):
    with on_sqlite(tmp_path, lessons=folder, teach=True, releases=tmp_path / "releases.yaml") as room:
        measure(Site(room.sessions), 80, 30)
        eva = room.entered("eva", "chief")
        page = eva.get("/lessons").text
        assert "<h3>Bone age</h3>" in page and ">Teach and judge: Bone age</button>" in page
        assert ">Teach and judge</button>" not in page
        assert eva.fill_in("/lessons/round").status_code == 409  # the chest's
        assert eva.fill_in("/lessons/round", problem="toe-length").status_code == 404
        assert eva.fill_in("/lessons/round", problem="bone-age").headers["location"] == "/lessons"
        at_films(eva)
        assert (folder / "asked").read_text() == f"bone-age {tmp_path / 'releases-bone-age.yaml'}"
        assert eva.fill_in("/lessons/round/stop").status_code == 303
        state_of(eva, "stopped")
        assert [row.detail["problem"] for row in room.audited("lesson.teach")] == ["bone-age"]


def test_with_too_few_numbers_there_is_no_button_and_the_page_says_what_is_missing(room):
    measure(Site(room.sessions), 80, 29)
    eva = room.entered("eva", "chief")
    page = eva.get("/lessons").text
    assert "29 of 30 films, read blind, that judge" in page and "Nothing may be taught yet" in page
    again = eva.fill_in("/lessons/round", problem="bone-age")
    assert again.status_code == 409 and "29 of 30 films, read blind, that judge" in again.text


def test_one_round_at_a_time_also_where_another_process_of_the_room_has_started_it(scripted, room, folder):
    settle(Site(room.sessions), 75, 25)
    other = room.beside(lessons=folder, teach=True)
    eva, kim = room.entered("eva", "chief"), other.entered("kim", "admin")
    assert eva.fill_in("/lessons/round").status_code == 303
    at_films(kim)

    for browser in (eva, kim):
        again = browser.fill_in("/lessons/round")
        assert again.status_code == 409 and "a round runs already" in again.text
    assert len(room.audited("lesson.teach")) == 1

    assert kim.fill_in("/lessons/round/stop").status_code == 303
    state_of(eva, "stopped")
    assert "was stopped before its end" in eva.get("/lessons").text
    assert len(room.audited("lesson.stop")) == 1
    assert kim.fill_in("/lessons/round/stop").status_code == 409


def test_a_round_whose_process_died_without_a_word_was_stopped_and_the_next_can_start(room, folder):
    write(Progress(state="running", step="Judging", started=datetime.now(UTC)), folder / FILE)
    (folder / LOCK).write_text(f"{os.getpid()}\n")
    eva = room.entered("eva", "chief")

    assert eva.get("/lessons/round").json()["state"] == "stopped"
    page = eva.get("/lessons").text
    assert "at the step “Judging”" in page and 'id="round-now"' not in page
    assert eva.fill_in("/lessons/round/stop").status_code == 409  # and nobody is killed by a number of long ago


def test_a_round_ends_with_the_room_that_started_it(scripted, folder, tmp_path):
    settings = Settings(lessons=folder, folder=tmp_path, teach=True)
    teaching = Teaching(settings)
    teaching.start("chest")
    until(lambda: read(folder / FILE).films)
    assert Teaching(settings).runs

    teaching.close()

    assert not Teaching(settings).runs and Teaching(settings).progress().state == "stopped"


def test_a_program_that_is_not_there_starts_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("review.teaching.LEARNING", ("/no/such/program",))
    teaching = Teaching(Settings(lessons=folder, folder=tmp_path, teach=True))
    with pytest.raises(WriteError, match="cannot be started"):
        teaching.start("chest")
    assert not teaching.runs


def test_a_real_round_that_cannot_teach_tells_the_page_why(folder, tmp_path):
    (tmp_path / "readings").mkdir()
    settings = Settings(lessons=folder, folder=tmp_path / "readings", teach=True, releases=tmp_path / "none.yaml")
    teaching = Teaching(settings)
    teaching.start("chest")
    with pytest.raises(ConflictError, match="runs already"):
        teaching.start("chest")

    ended = until(lambda: (found := teaching.progress()).state != "running" and found)

    assert ended.state == "failed" and "too few labels to teach" in ended.reason
    teaching.close()


def test_what_failed_is_said_on_the_page_with_its_reason_and_what_it_told(room, folder):
    now = datetime.now(UTC)
    ended = {"state": "failed", "reason": "an archive <b>is</b> missing", "ended": now + timedelta(minutes=3)}
    write(Progress(step="Judging", started=now, told=["9 films teach"], **ended), folder / FILE)
    page = room.entered("eva", "chief").get("/lessons").text
    assert "an archive &lt;b&gt;is&lt;/b&gt; missing" in page and "9 films teach" in page


def test_too_few_films_and_a_room_that_does_not_teach_are_said_and_nothing_starts(room, folder):
    eva = room.entered("eva", "chief")
    assert "Nothing may be taught yet" in eva.get("/lessons").text
    answer = eva.fill_in("/lessons/round")
    assert answer.status_code == 409 and "0 of 50 films that teach" in answer.text

    settle(Site(room.sessions), 75, 25)
    without = room.beside(lessons=folder)
    kim = without.entered("kim", "chief")
    page = kim.get("/lessons").text
    assert "make learn" in page and ">Teach and judge</button>" not in page
    assert kim.fill_in("/lessons/round").status_code == 409
    nowhere = room.beside(teach=True)
    lea = nowhere.entered("lea", "chief")
    assert lea.get("/lessons/round").json() is None and lea.fill_in("/lessons/round").status_code == 409
    assert room.audited("lesson.teach") == [] and not (folder / FILE).exists()


def test_a_reader_starts_nothing_and_a_chief_needs_the_token_of_their_page(room, folder):
    settle(Site(room.sessions), 75, 25)
    cyd, eva = room.entered("cyd"), room.entered("eva", "chief")
    for path in ("/lessons/round", "/lessons/round/stop"):
        assert cyd.fill_in(path).status_code == 403
        assert eva.post(path).status_code == 403
    assert cyd.get("/lessons/round").status_code == 403 and not (folder / FILE).exists()


def test_the_demo_reader_looks_but_neither_teaches_nor_approves(folder, tmp_path):
    place = lesson(folder)
    options = {"demo": True, "secure": False, "lessons": folder, "teach": True}
    with on_sqlite(tmp_path, **options) as room:
        settle(Site(room.sessions), 75, 25)
        demo = room.browser()
        demo.fill_in("/log-in/demo", "/log-in")
        page = demo.get("/lessons").text
        assert "may be promoted" in page and "need an account" in page
        assert ">Teach and judge</button>" not in page and "Approve lesson" not in page
        for path in ("/lessons/round", "/lessons/round/stop", "/lessons/1/approval"):
            answer = demo.fill_in(path, reason="why not", certificate="0" * 64)
            assert answer.status_code == 403 and "the demo reader is anybody" in answer.text
    assert not (place / "approval.json").exists() and not (folder / FILE).exists()
    assert json.loads((place / "certificate.json").read_text())["lesson"] == 1

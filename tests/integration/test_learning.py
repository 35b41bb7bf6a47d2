"""A month of a hospital: films come and are read, a lesson is taught, judged and served, and one that harms goes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from learning import ledger
from learning.taught import Taught
from tests.integration.conftest import SAMPLES
from tests.integration.month import FILMS, READ, READERS, Month, films, learning, opened, png, until
from tests.integration.reading_room import doctor, needs_browser
from vocabulary.conditions import CLASSES

LATER = 60
"""Films that come while a candidate is watched."""

(SEEN,) = (png(film) for _, film in films(1, 2))
"""A film that comes again and again, whichever release answers."""


@pytest.fixture(scope="module")
def month(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with opened(tmp_path_factory.mktemp("month"), archives) as running:
        yield running


@needs_browser
def test_a_film_that_a_modality_sent_is_read_in_a_browser(month: Month, browser: Browser) -> None:
    film = month.room.films()[0]
    with doctor(browser, month.room, READERS[0]) as ada:
        ada.page.goto(f"{month.room.url}/films/{film.id}")
        ada.wait_film()
        ada.press(str(1 + CLASSES.index(month.said[film.sop_instance_uid])))
        ada.saved()
    said = month.room.opinions()
    assert (said[-1].film_id, said[-1].label) == (film.id, month.said[film.sop_instance_uid])
    assert {film.source for film in month.room.films()} == {"modality"}
    assert len({opinion.film_id for opinion in said}) == FILMS


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

    done = learning(command, month.room.folder)

    assert done.returncode == 3, done.stdout + done.stderr
    assert "too few" in done.stdout
    assert "1 of 50 films" in done.stdout
    report = json.loads((out / "report.json").read_text())
    assert report["counts"]["judged"] == {"interstitial_pneumonia": 1, "other_pathology": 0, "no_pathology": 1}
    assert report["models"]["classifier"] in month.versions()
    assert (out / "report.html").is_file() and (out / "card.md").is_file()


def test_a_certified_candidate_is_compared_and_then_serves_and_nothing_cached_is_its(month: Month) -> None:
    before, parent = month.ask(SEEN), parent_of(month)
    month.run(1)
    assert month.learn("promote", 1, "--shadow").returncode == 0
    month.send_until_compared("lesson1", LATER)
    watched = month.learn("watch", 1)
    assert watched.returncode == 0, watched.stdout + watched.stderr
    assert "of its parent's" in watched.stdout, "readers were looked at too"
    again = month.ask(SEEN)
    assert (again["cached"], again["models"], again["classes"]) == (True, before["models"], before["classes"])

    unapproved = month.learn("promote", 1, "--serve")
    assert unapproved.returncode == 1
    assert "nobody has approved lesson 1" in unapproved.stderr
    assert month.learn("promote", 1, "--canary", "0.5", "--reason", "a test").returncode == 0
    assert month.learn("promote", 1, "--serve", "--reason", "a test").returncode == 0
    until(lambda: month.versions() == {f"{parent}-lesson.1"})
    served = month.ask(SEEN)
    assert served["models"]["classifier"] == f"{parent}-lesson.1"
    assert served["classes"] != before["classes"]


def test_a_candidate_that_harms_goes_by_itself(month: Month) -> None:
    month.plant()
    month.run(2)
    assert month.learn("promote", 2, "--shadow").returncode == 0
    month.send_until_compared("lesson2", LATER)
    stopped = month.learn("watch", 2, "--stop")
    assert stopped.returncode == 3, stopped.stdout + stopped.stderr
    assert "STOP flips" in stopped.stdout
    assert "lesson2: not used" in stopped.stdout
    assert ledger.read(month.lessons)[-1]["what"] == "undo"
    assert month.versions() == {f"{parent_of(month)}-lesson.1"}


def test_undo_brings_back_what_answered_before_and_not_what_harmed(month: Month) -> None:
    assert month.learn("undo", "--reason", "a test").returncode == 0
    told = [f"{entry['what']}" for entry in ledger.read(month.lessons)]
    assert told == ["teach", "judge", "shadow", "canary", "serve", "shadow", "undo", "undo"]
    assert "serve" in month.learn("history").stdout
    assert [line for line in month.shown().splitlines() if ": not used" in line] == [
        "lesson1: not used",
        "lesson2: not used",
    ]
    until(lambda: month.versions() == {parent_of(month)})
    assert month.ask(SEEN)["models"]["classifier"] == parent_of(month)


def parent_of(month: Month) -> str:
    """The version of the classifier that the lesson was taught from."""
    version: str = Taught.read(month.lessons / "1").recipe["parent"]["version"]
    return version

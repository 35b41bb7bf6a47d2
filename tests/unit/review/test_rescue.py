"""What an administrator sees and does when somebody cannot get in, or should be out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from review.door import throttle
from review.door.logins import fingerprint
from review.door.slowed import slowed
from review.people import Attempt
from tests.unit.review.room import Room, on_sqlite


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path) as room:
        yield room


@pytest.fixture
def either(site, tmp_path):
    """On both databases."""
    with Room(site.sessions, folder=tmp_path) as room:
        yield room


def fail(room, name, place, times, ago=timedelta()):
    """Log-ins that failed."""
    with room.sessions.begin() as session:
        row = {"at": datetime.now(UTC) - ago, "login": fingerprint(name), "address": place}
        session.add_all(Attempt(**row) for _ in range(times))


def waiting(room):
    """Whose name waits where, after how many failures."""
    with room.sessions() as session:
        return {(each.reader.login if each.reader else None, each.place, each.failures) for each in slowed(session)}


def test_who_waits_is_seen_with_the_place(either):
    for login in ("ada", "bob", "eve"):
        either.reader(login)
    fail(either, "ada", "192.0.2.7", 6)
    fail(either, throttle.second("bob"), "device abc", 5)
    fail(either, "eve", "192.0.2.7", 4)
    assert waiting(either) == {("ada", "192.0.2.7", 6), ("bob", "a known browser", 5)}


def test_waits_for_whole_addresses_and_for_names_at_all_places_are_seen(either):
    either.reader("ada")
    for each in range(20):
        fail(either, f"nobody {each}", "192.0.2.7", 1)
    for each in range(100):
        fail(either, "ada", f"198.51.100.{each}", 1)
    assert waiting(either) == {(None, "192.0.2.7", 20), ("ada", "anywhere", 100)}


def test_what_is_seen_to_wait_is_what_waits(room):
    """The same rule, asked from both sides: a minute after five failures, and not a moment longer."""
    room.reader("ada")
    fail(room, "ada", "10.1.1.1", 5, ago=timedelta(seconds=30))
    assert room.browser().log_in("ada").status_code == 429 and waiting(room)
    room.shift(Attempt, "at", timedelta(seconds=31))
    assert waiting(room) == set() and room.browser().log_in("ada").status_code == 303


def test_the_page_shows_who_waits_and_lifts_it(room):
    admin, id_ = room.entered("root", "admin"), room.reader("ada", name="Dr <Ada>")
    assert "Slowed down" not in admin.get("/readers").text
    fail(room, "ada", "192.0.2.7", 9)
    page = admin.get("/readers").text
    assert "Slowed down" in page and "192.0.2.7" in page and f"/readers/{id_}/unlock" in page and "Dr <Ada>" not in page
    assert admin.fill_in(f"/readers/{id_}/unlock", "/readers").headers["location"] == "/readers"
    assert waiting(room) == set() and "Slowed down" not in admin.get("/readers").text
    assert room.audited("reader.unlock")[0].detail["reader"] == "ada"


def test_an_unlock_forgets_passwords_and_codes_of_that_name_alone(room):
    id_ = room.reader("ada")
    for name in ("ada", throttle.second("ada"), "bob"):
        fail(room, name, "192.0.2.7", 5)
    admin = room.entered("root", "admin")
    admin.fill_in(f"/readers/{id_}/unlock", "/readers")
    with room.sessions() as session:
        assert set(session.scalars(select(Attempt.login))) == {fingerprint("bob")}


def test_an_administrator_logs_somebody_out_everywhere(either):
    admin, browser, other = either.entered("root", "admin"), either.entered("ada"), either.browser()
    other.log_in("ada")
    path = f"/readers/{either.found('ada').id}/sessions/end"
    assert admin.fill_in(path, "/readers").headers["location"] == "/readers"
    assert [each.get("/").status_code for each in (browser, other, admin)] == [401, 401, 200]
    assert either.audited("reader.end_sessions")[0].detail == {"address": "10.1.1.1", "reader": "ada", "ended": 2}
    assert browser.log_in("ada").status_code == 303


@pytest.mark.parametrize("what", ["unlock", "sessions/end", "second-factor/remove"])
def test_who_is_no_administrator_rescues_nobody(room, what):
    chief = room.entered("eva", "chief")
    path = f"/readers/{room.found('eva').id}/{what}"
    assert chief.post(path, headers={"X-CSRF-Token": chief.csrf()}).status_code == 403
    assert room.browser().post(path).status_code == 401
    admin = room.entered("root", "admin")
    assert admin.post(path).status_code == 403
    assert admin.fill_in(f"/readers/nobody/{what}", "/readers").status_code == 404

"""The log-in: what is right gets in, what is wrong is slow, and all of it is recorded."""

import threading
from datetime import UTC, datetime, timedelta

import argon2
import pytest

from review import cli
from review.chain.seal import CHAIN
from review.door import devices, passwords
from review.door.logins import fingerprint
from review.door.throttle import admit, network
from review.errors import InvalidError, TooManyError
from review.people import Attempt, Login, Reader
from tests.unit.review.room import PASSWORD, Room, on_sqlite


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path, trusted_proxies="10.9.9.9") as room:
        yield room


@pytest.fixture
def either(site):
    """On both databases."""
    with Room(site.sessions) as room:
        yield room


def test_the_right_password_gets_in_however_the_name_is_typed(room):
    room.reader("ada")
    browser = room.browser()
    assert browser.log_in("  ADA ").status_code == 303
    assert browser.get("/").json()["login"] == "ada"
    (row,) = room.audited("log_in")
    assert row.reader_id == room.found("ada").id and row.detail == {"way": "password", "address": "10.1.1.1"}


def test_a_failed_log_in_does_not_say_what_was_wrong_and_is_recorded_without_what_was_typed(room):
    room.reader("ada")
    told = []
    for login, password in (("ada", "wrong wrong wrong"), ("nobody", PASSWORD), (PASSWORD, ""), ("ada", "x" * 10_000)):
        answer = room.browser().log_in(login, password)
        assert answer.status_code == 401
        told.append(answer.text.partition('role="alert">')[2].partition("<")[0])
    assert set(told) == {"the log-in name or the password is wrong"}
    rows = room.audited("log_in.failed")
    assert [row.reader_id for row in rows] == [room.found("ada").id, None, None, room.found("ada").id]
    assert [row.detail for row in rows] == [{"address": "10.1.1.1", "account": known} for known in (1, 0, 0, 1)]


def test_a_log_in_gives_a_new_session_and_ends_the_one_before(room):
    room.reader("ada")
    browser = room.browser()
    browser.cookies.set("__Host-review", "chosen-by-somebody-else", domain="room.test")
    assert browser.log_in("ada").status_code == 303
    first = browser.cookies["__Host-review"]
    assert first != "chosen-by-somebody-else"
    room.shift(Login, "seen", timedelta(hours=2))
    browser.log_in("ada")
    assert browser.cookies["__Host-review"] != first
    assert [login.token for login in room.logins()] == [fingerprint(browser.cookies["__Host-review"])]


def test_a_page_that_looks_for_news_does_not_keep_its_session_from_going_idle(room):
    browser = room.entered("ada")
    room.shift(Login, "seen", timedelta(minutes=50))
    assert browser.get("/status").status_code == 200
    room.shift(Login, "seen", timedelta(minutes=20))
    assert browser.get("/status").status_code == 401


def test_a_page_whose_session_ended_works_again_after_a_log_in_in_another_tab(either):
    browser = either.entered("ada")
    token = browser.csrf()
    either.shift(Login, "seen", timedelta(hours=9))
    assert browser.post("/say", headers={"X-CSRF-Token": token}).status_code == 401
    browser.log_in("ada")
    assert browser.post("/say", headers={"X-CSRF-Token": token}).status_code == 200


def test_a_page_of_one_reader_does_not_speak_for_the_next_one_at_the_same_browser(room):
    browser = room.entered("ada")
    token = browser.csrf()
    room.reader("bob")
    room.shift(Login, "seen", timedelta(hours=9))
    browser.log_in("bob")
    assert browser.post("/say", headers={"X-CSRF-Token": token}).status_code == 403


def test_a_session_that_was_ended_on_purpose_leaves_no_token_behind(room):
    browser = room.entered("ada")
    token = browser.csrf()
    assert browser.fill_in("/log-out").headers["location"] == "/log-in"
    assert "__Host-review" not in browser.cookies and room.logins() == []
    browser.log_in("ada")
    assert browser.csrf() != token
    assert len(room.audited("log_out")) == 1


def test_a_log_out_needs_our_page(room):
    browser = room.entered("ada")
    assert browser.post("/log-out").status_code == 403
    assert browser.get("/").status_code == 200


def test_the_log_in_form_has_to_be_ours(room):
    room.reader("ada")
    form = {"login": "ada", "password": PASSWORD}
    assert room.browser().post("/log-in", data=form).status_code == 403
    browser = room.browser()
    browser.token()
    answer = browser.post("/log-in", data=form | {"csrf": room.browser().token()})
    assert answer.status_code == 403 and "please try again" in answer.text
    assert room.logins() == [] and room.audited("log_in") == []


def test_two_tabs_with_the_form_both_work(room):
    room.reader("ada")
    browser = room.browser()
    first, second = browser.token(), browser.token()
    assert browser.post("/log-in", data={"csrf": first, "login": "ada", "password": "wrong"}).status_code == 401
    assert browser.post("/log-in", data={"csrf": second, "login": "ada", "password": PASSWORD}).status_code == 303


def test_after_five_failures_not_even_the_right_password_gets_in_from_there_for_a_while(either):
    either.reader("ada")
    either.reader("bob")
    for _ in range(5):
        assert either.browser().log_in("ada", "wrong").status_code == 401
    answer = either.browser().log_in("ada")
    assert answer.status_code == 429 and "try again in 1 min" in answer.text
    assert 50 <= int(answer.headers["retry-after"]) <= 60
    assert either.browser().log_in("bob").status_code == 303
    either.shift(Attempt, "at", timedelta(seconds=61))
    assert either.browser().log_in("ada").status_code == 303


def test_each_further_failure_makes_the_wait_longer_up_to_a_quarter_of_an_hour(either):
    waits = []
    for number in range(10):
        admit(either.sessions, "ada", "10.1.1.1")
        if number >= 4:
            with pytest.raises(TooManyError) as told:
                admit(either.sessions, "ada", "10.1.1.1")
            waits.append(told.value.retry_after_s)
            either.shift(Attempt, "at", timedelta(seconds=waits[-1]))

    assert waits == [60, 120, 240, 480, 900, 900]


def test_nobody_locks_a_doctor_out_from_another_address(either):
    either.reader("ada")
    for _ in range(6):
        either.browser("192.0.2.7").log_in("ada", "wrong")

    assert either.browser("192.0.2.7").log_in("ada").status_code == 429
    assert either.browser("10.1.1.1").log_in("ada").status_code == 303


def test_a_browser_in_which_a_doctor_has_logged_in_is_not_slowed_down_by_its_neighbours(either):
    either.reader("ada")
    mine = either.browser()
    mine.log_in("ada")
    mine.fill_in("/log-out")
    for _ in range(20):
        with either.sessions.begin() as session:
            session.add(Attempt(at=datetime.now(UTC), login=fingerprint("ada"), address="10.1.1.1"))
    assert either.browser().log_in("ada").status_code == 429

    assert mine.log_in("ada").status_code == 303


def test_a_known_browser_is_known_for_its_own_reader_and_has_its_own_limit(either):
    either.reader("ada")
    either.reader("bob")
    mine = either.browser()
    mine.log_in("ada")
    mine.fill_in("/log-out")
    for _ in range(5):
        assert mine.log_in("ada", "wrong").status_code == 401
        assert mine.log_in("bob", "wrong").status_code == 401

    assert mine.log_in("ada").status_code == mine.log_in("bob").status_code == 429
    assert either.browser("10.1.1.2").log_in("ada").status_code == 303


def test_a_browser_is_forgotten_with_the_password_and_a_made_up_one_is_not_known(either):
    id_ = either.reader("ada")
    mine = either.browser()
    mine.log_in("ada")
    cookie = mine.cookies["__Host-review-device"]
    with either.sessions.begin() as session:
        ada = session.get_one(Reader, id_)
        assert devices.place(session, ada, cookie) == fingerprint(cookie)
        assert devices.place(session, ada, "x" * 43) == devices.place(session, None, cookie) == ""

    new = "another phrase, new"
    mine.fill_in("/account/password", current=PASSWORD, password=new, again=new)

    with either.sessions() as session:
        assert devices.place(session, session.get_one(Reader, id_), cookie) == ""


def test_guesses_from_many_places_are_slowed_down_too(either):
    either.reader("ada")
    with either.sessions.begin() as session:
        now = datetime.now(UTC)
        session.add_all(Attempt(at=now, login=fingerprint("ada"), address=f"192.0.2.{each}") for each in range(100))
    assert either.browser().log_in("ada").status_code == 429


def test_an_administrator_unlocks_by_page_and_by_command_line(either, monkeypatch, tmp_path):
    admin, id_ = either.entered("root", "admin"), either.reader("ada")

    def locked():
        for _ in range(5):
            either.browser().log_in("ada", "wrong")
        return either.browser().log_in("ada").status_code == 429

    assert locked()
    assert admin.fill_in(f"/readers/{id_}/unlock", "/readers").status_code == 303
    assert either.browser().log_in("ada").status_code == 303
    assert locked()
    url = either.sessions.kw["bind"].url.render_as_string(hide_password=False)
    key = tmp_path / "key"
    key.write_text(either.sessions.kw["info"][CHAIN].key.hex())
    for name, value in (("DATABASE", url), ("FOLDER", tmp_path), ("AUDIT_KEY", key)):
        monkeypatch.setenv(f"REVIEW_{name}", str(value))
    assert cli.main(["unlock", "Ada"]) == 0
    assert either.browser().log_in("ada").status_code == 303
    assert [row.detail.get("by") for row in either.audited("reader.unlock")] == [None, "command line"]
    assert cli.main(["unlock", "nobody"]) == 1


def test_the_right_password_in_time_forgets_the_failures(room):
    room.reader("ada")
    for _ in range(2):
        for _ in range(4):
            room.browser().log_in("ada", "wrong")
        assert room.browser().log_in("ada").status_code == 303
    with room.sessions() as session:
        assert session.query(Attempt).count() == 0


def test_after_twenty_failures_an_address_has_to_wait_and_others_have_not(room):
    room.reader("ada")
    with room.sessions.begin() as session:
        now = room.found("ada").created
        session.add_all(Attempt(at=now, login=fingerprint(f"login {each}"), address="10.1.1.1") for each in range(20))
    assert room.browser().log_in("ada").status_code == 429
    assert room.browser("10.1.1.2").log_in("ada").status_code == 303


def test_only_a_trusted_proxy_says_where_a_request_comes_from(room):
    room.reader("ada")
    forged = {"X-Forwarded-For": "192.0.2.7"}
    room.browser("10.9.9.9", **forged).log_in("ada", "wrong")
    room.browser("10.1.1.1", **forged).log_in("ada", "wrong")
    assert [row.detail["address"] for row in room.audited("log_in.failed")] == ["192.0.2.7", "10.1.1.1"]


def test_of_many_attempts_at_the_same_moment_no_more_than_five_are_looked_at(either):
    passed, start = [], threading.Barrier(12)

    def attempt():
        start.wait()
        try:
            admit(either.sessions, "ada", "10.1.1.1")
        except TooManyError:
            return
        passed.append(1)

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) <= 5


def test_old_attempts_are_pruned(either):
    either.browser().log_in("ada", "wrong")
    either.shift(Attempt, "at", timedelta(hours=25))
    either.browser().log_in("bob", "wrong")
    with either.sessions() as session:
        assert [row.login for row in session.query(Attempt)] == [fingerprint("bob")]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_whole_ipv6_network_counts_as_one_address(address, counted):
    assert network(address) == counted


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(served_passwords, monkeypatch):
    """As often and with the same cost: seconds would be the machine's."""
    costs = []
    monkeypatch.setattr(passwords, "_hasher", Counted(costs))

    for kept in (None, passwords.hashed(PASSWORD)):
        assert not passwords.right(kept, "wrong")

    assert len(costs) == 2 and costs[0] == costs[1]


class Counted(argon2.PasswordHasher):
    """Keeps what each comparison costs."""

    def __init__(self, costs: list[argon2.Parameters]) -> None:
        super().__init__()
        self._costs = costs

    def verify(self, hash, password):
        self._costs.append(argon2.extract_parameters(str(hash)))
        return super().verify(hash, password)


def test_a_password_hashed_with_weaker_parameters_is_hashed_again(served_passwords, room):
    room.reader("ada")
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with room.sessions.begin() as session:
        session.get(Reader, room.found("ada").id).password = weak
    assert room.browser().log_in("ada").status_code == 303
    kept = room.found("ada").password
    assert kept != weak and "m=65536" in kept and passwords.right(kept, PASSWORD)
    assert room.browser().log_in("ada").status_code == 303
    assert room.found("ada").password == kept


def test_a_hash_that_is_damaged_lets_nobody_in(room):
    assert not passwords.right("$argon2id$damaged", PASSWORD)
    assert not passwords.right("", "")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("eleven char", "12 to 200"),
        ("x1y2" * 51, "12 to 200"),
        ("Password1234", "tried first"),
        ("abababababababab", "tried first"),
        ("my name is ADA.LOVELACE", "log-in name"),
    ],
)
def test_what_is_guessed_first_is_refused(password, why):
    with pytest.raises(InvalidError, match=why):
        passwords.check_new(password, "ada.lovelace")


def test_a_good_password_is_taken_in_any_script_and_any_unicode_form():
    for password in ("correct horse battery", "пароль для врача", "x" * 196 + "1234"):
        passwords.check_new(password, "ada")
    assert passwords.right(passwords.hashed("caf\u00e9 au lait, 2"), "cafe\u0301 au lait, 2")


def test_the_log_in_page_shows_hostile_text_as_text(room):
    page = room.browser().get("/log-in", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in page.text and "&lt;script&gt;" in page.text


def test_a_form_of_any_size_is_not_read(room):
    room.reader("ada")
    for path in ("/log-in", "/invitation/x", "/account/password", "/readers"):
        answer = room.browser().post(path, data={"login": "ada", "password": "x" * 20_000})
        assert answer.status_code == 413, path

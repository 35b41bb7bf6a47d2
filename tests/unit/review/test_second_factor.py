"""A code besides the password: set up, asked for, used once, and taken away."""

import re
import threading
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from auditing.keys import KeyLostError
from review.door import invitations, second_factor, totp
from review.door.sealing import KEY, Sealer, check
from review.door.second_factor import Typed
from review.people import Attempt, RecoveryCode, SecondFactor
from review.settings import Settings
from tests.unit.review.room import CSRF, LINK, PASSWORD, Room, on_sqlite
from tests.unit.review.test_accounts import NEW, notice

HIDDEN = re.compile(r'name="(half|given)" value="([^"]+)"')
CODES = re.compile(r"<li><code>([a-z2-7-]{29})</code></li>")
SPELT = re.compile(r'<code id="key">([A-Z2-7 ]+)</code>')


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path) as room:
        yield room


@pytest.fixture
def strict(tmp_path):
    """Everybody needs one."""
    with on_sqlite(tmp_path, second_factor="everybody") as room:
        yield room


@pytest.fixture
def either(site, tmp_path):
    """On both databases."""
    with Room(site.sessions, folder=tmp_path) as room:
        yield room


class App:
    """A telephone's."""

    def __init__(self, page):
        self.secret = SPELT.search(page.text)[1].replace(" ", "")

    def code(self):
        """The next one: half a minute later."""
        Clock.step += 1
        return pyotp.TOTP(self.secret).generate_otp(Clock.step)

    def wrong(self):
        """None of now."""
        steps = range(Clock.step - 1, Clock.step + 2)
        right = {pyotp.TOTP(self.secret).generate_otp(step) for step in steps}
        return next(code for code in (f"{each:06}" for each in range(20)) if code not in right)


class Clock:
    """Of the reading room and of all telephones: it goes on when a test says so."""

    step = 59_000_000


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(totp, "this_step", lambda: Clock.step)


def send(browser, page, path, **form):
    """The form of a page that was answered, sent."""
    hidden = dict(HIDDEN.findall(page.text))
    return browser.post(path, data={"csrf": CSRF.search(page.text)[1]} | hidden | form)


def set_up(browser):
    """On the page of one's account; gives the app and the recovery codes."""
    page = browser.fill_in("/account/second-factor", "/account/second-factor", current=PASSWORD)
    app = App(page)
    done = send(browser, page, "/account/second-factor/confirm", code=app.code())
    assert done.status_code == 200
    return app, CODES.findall(done.text)


def asked(room, login="ada", password=PASSWORD, browser=None, **options):
    """A browser that has given the password, and the page that asks for a code."""
    browser = browser or room.browser(**options)
    page = browser.log_in(login, password)
    assert page.status_code == 200 and "The code from your app" in page.text
    return browser, page


def test_who_has_set_one_up_gets_in_with_password_and_code_only(either):
    app, codes = set_up(either.entered("ada"))
    assert len(set(codes)) == 10
    browser, page = asked(either)
    assert browser.get("/").status_code == 401 and "__Host-review" not in browser.cookies
    assert send(browser, page, "/log-in/code", code=app.wrong()).status_code == 401
    answer = send(browser, page, "/log-in/code", code=app.code())
    assert answer.status_code == 303 and browser.get("/").json()["login"] == "ada"
    assert [row.detail.get("second") for row in either.audited("log_in")] == [None, "code"]
    assert either.audited("log_in.failed")[0].detail == {"way": "second factor", "address": "10.1.1.1"}
    assert either.audited("reader.second_factor")[0].detail["way"] == "account"


def test_one_goes_on_to_what_one_wanted(room):
    app, _ = set_up(room.entered("ada"))
    browser = room.browser()
    page = browser.log_in("ada", next="/for-chiefs?a=1")
    assert send(browser, page, "/log-in/code", code=app.code()).headers["location"] == "/for-chiefs?a=1"


def test_a_code_is_taken_once(either):
    app, _ = set_up(either.entered("ada"))
    code = app.code()
    first, second = asked(either), asked(either)
    assert send(*first, "/log-in/code", code=code).status_code == 303
    answer = send(*second, "/log-in/code", code=code)
    assert answer.status_code == 401 and "works once" in notice(answer)


def test_the_code_of_the_set_up_is_not_taken_at_the_log_in(room):
    browser = room.entered("ada")
    page = browser.fill_in("/account/second-factor", "/account/second-factor", current=PASSWORD)
    app = App(page)
    code = app.code()
    send(browser, page, "/account/second-factor/confirm", code=code)
    assert send(*asked(room), "/log-in/code", code=code).status_code == 401


def test_of_one_code_sent_twice_at_the_same_moment_one_gets_in(either):
    id_ = either.reader("ada")
    secret, sealer = totp.new_secret(), Sealer(b"k" * 32)
    with either.sessions.begin() as session:
        second_factor.keep(session, sealer, id_, secret, 0)
    code = pyotp.TOTP(secret).generate_otp(Clock.step)
    start, taken = threading.Barrier(4), []

    def attempt():
        start.wait()
        with either.sessions.begin() as session:
            taken.append(second_factor.proved(session, sealer, id_, Typed(code)))

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == ["", "", "", "code"]


def test_a_recovery_code_gets_in_once_however_it_is_typed(either):
    _, codes = set_up(either.entered("ada"))
    typed = codes[3].upper().replace("-", " ")
    first, second = asked(either), asked(either)
    assert send(*first, "/log-in/code", recovery=typed).status_code == 303
    assert "left: <strong>9</strong>" in first[0].get("/account/second-factor").text
    assert send(*second, "/log-in/code", recovery=codes[3]).status_code == 401
    assert send(*second, "/log-in/code", recovery=codes[4]).status_code == 303
    assert either.audited("log_in")[-1].detail["second"] == "recovery code"


def test_a_recovery_code_is_its_readers_alone(room):
    _, codes = set_up(room.entered("ada"))
    set_up(room.entered("bob"))
    assert send(*asked(room, "bob"), "/log-in/code", recovery=codes[0]).status_code == 401


def test_new_recovery_codes_end_the_old_ones_and_need_the_password(room):
    browser = room.entered("ada")
    _, old = set_up(browser)
    path = "/account/second-factor/recovery-codes"
    assert browser.fill_in(path, "/account/second-factor", current="wrong").status_code == 422
    new = CODES.findall(browser.fill_in(path, "/account/second-factor", current=PASSWORD).text)
    assert len(new) == 10 and not set(new) & set(old)
    assert send(*asked(room), "/log-in/code", recovery=old[0]).status_code == 401
    assert send(*asked(room), "/log-in/code", recovery=new[0]).status_code == 303
    assert len(room.audited("reader.recovery_codes")) == 1


def test_neither_secret_nor_recovery_codes_are_in_the_database(room):
    app, codes = set_up(room.entered("ada"))
    with room.sessions() as session:
        kept = session.scalars(select(SecondFactor)).one().secret
        tokens = session.scalars(select(RecoveryCode.token)).all()
    assert app.secret not in kept and not set(tokens) & set(codes)
    assert Sealer.of(room.settings).open("second factor of somebody else", kept) is None


def test_guessing_codes_is_slow_and_the_right_password_does_not_make_it_fast_again(room):
    app, _ = set_up(room.entered("ada"))
    for _ in range(5):
        assert send(*asked(room), "/log-in/code", code=app.wrong()).status_code == 401
    for form in ({"code": app.code()}, {"recovery": "x"}):
        answer = send(*asked(room), "/log-in/code", **form)
        assert answer.status_code == 429 and 50 <= int(answer.headers["retry-after"]) <= 60
    room.shift(Attempt, "at", timedelta(seconds=61))
    assert send(*asked(room), "/log-in/code", code=app.code()).status_code == 303


def test_nobody_elsewhere_keeps_a_doctor_from_using_their_app(room):
    mine = room.entered("ada")
    app, _ = set_up(mine)
    for _ in range(6):
        send(*asked(room, address="192.0.2.7"), "/log-in/code", code=app.wrong())
    mine.fill_in("/log-out")
    assert send(*asked(room, browser=mine), "/log-in/code", code=app.code()).status_code == 303


def test_an_administrator_unlocks_wrong_codes_too(room):
    admin, app = room.entered("root", "admin"), set_up(room.entered("ada"))[0]
    for _ in range(5):
        send(*asked(room), "/log-in/code", code=app.wrong())
    admin.fill_in(f"/readers/{room.found('ada').id}/unlock", "/readers")
    assert send(*asked(room), "/log-in/code", code=app.code()).status_code == 303


def test_the_page_that_asks_for_a_code_is_good_for_its_reader_and_ten_minutes(room, monkeypatch):
    app, _ = set_up(room.entered("ada"))
    browser, page = asked(room)
    form = {"csrf": CSRF.search(page.text)[1], "code": app.code()}
    for half in ("", "x" * 80, dict(HIDDEN.findall(page.text))["half"][:-5] + "AAAA="):
        answer = browser.post("/log-in/code", data=form | {"half": half})
        assert answer.status_code == 401 and "log in again" in notice(answer)
    assert browser.post("/log-in/code", data=form | {"csrf": "x"}).status_code == 403
    monkeypatch.setattr("review.door.halfway.LASTS", timedelta(seconds=-1))
    answer = send(*asked(room), "/log-in/code", code=form["code"])
    assert answer.status_code == 401 and "took too long" in notice(answer)


def test_a_password_that_changed_meanwhile_or_an_account_that_was_closed_ends_the_log_in(room):
    browser = room.entered("ada")
    app, _ = set_up(browser)
    before = asked(room)
    browser.fill_in("/account/password", current=PASSWORD, password=NEW, again=NEW)
    answer = send(*before, "/log-in/code", code=app.code())
    assert answer.status_code == 401 and "changed meanwhile" in notice(answer)
    before = asked(room, password=NEW)
    admin = room.entered("root", "admin")
    admin.fill_in(f"/readers/{room.found('ada').id}/active", "/readers", active="false")
    assert send(*before, "/log-in/code", code=app.code()).status_code == 401


def test_a_new_link_does_not_go_around_the_second_factor(room):
    app, _ = set_up(room.entered("ada"))
    admin, guest = room.entered("root", "admin"), room.browser()
    path = LINK.search(admin.fill_in(f"/readers/{room.found('ada').id}/link", "/readers").text)[0]
    page = guest.fill_in(path, path, password=NEW, again=NEW)
    assert "The code from your app" in page.text and guest.get("/").status_code == 401
    assert send(guest, page, "/log-in/code", code=app.code()).status_code == 303
    assert room.audited("log_in")[-1].detail["way"] == "link"


@pytest.mark.parametrize(
    ("whose", "asked_of"),
    [("none", set()), ("admins", {"admin"}), ("everybody", {"reader", "chief", "admin"})],
)
def test_each_role_is_asked_to_set_one_up_where_it_is_needed(tmp_path, whose, asked_of):
    with on_sqlite(tmp_path, second_factor=whose) as room:
        told = set()
        for role in ("reader", "chief", "admin"):
            room.reader(role, role)
            browser = room.browser()
            if "Set up a second factor" in browser.log_in(role).text:
                told.add(role)
            assert browser.get("/").status_code == (401 if role in told else 200)
    assert told == asked_of


def test_who_needs_one_sets_it_up_at_the_log_in_and_is_in(strict):
    strict.reader("ada")
    browser = strict.browser()
    page = browser.log_in("ada", next="/for-chiefs")
    app = App(page)
    wrong = send(browser, page, "/log-in/second-factor", code=app.wrong())
    assert wrong.status_code == 422 and "not the code" in notice(wrong) and App(wrong).secret == app.secret
    assert browser.get("/").status_code == 401
    done = send(browser, wrong, "/log-in/second-factor", code=app.code())
    assert len(CODES.findall(done.text)) == 10 and 'href="/for-chiefs"' in done.text
    assert browser.get("/").status_code == 200
    assert strict.audited("reader.second_factor")[0].detail["way"] == "log-in"
    assert strict.audited("log_in")[-1].detail["second"] == "new"
    assert send(*asked(strict), "/log-in/code", code=app.code()).status_code == 303


def test_the_page_of_a_set_up_is_of_no_use_once_it_is_done(strict):
    strict.reader("ada")
    first, second = strict.browser(), strict.browser()
    pages = {browser: browser.log_in("ada") for browser in (first, second)}
    assert send(first, pages[first], "/log-in/second-factor", code=App(pages[first]).code()).status_code == 200
    for browser, page in pages.items():
        answer = send(browser, page, "/log-in/second-factor", code=App(page).code())
        assert answer.status_code == 409 and "meanwhile" in notice(answer)
    assert second.get("/").status_code == 401


def test_who_is_invited_sets_one_up_after_the_password(tmp_path):
    with on_sqlite(tmp_path, second_factor="admins") as room:
        with room.sessions.begin() as session:
            secret = invitations.first_admin(session, "root", "The admin")
        path, browser = f"/invitation/{secret}", room.browser()
        page = browser.fill_in(path, path, password=NEW, again=NEW)
        assert "Set up a second factor" in page.text and browser.get("/for-admins").status_code == 401
        send(browser, page, "/log-in/second-factor", code=App(page).code())
        assert browser.get("/for-admins").json() == "root"


def test_setting_up_needs_the_password_and_guesses_of_it_are_slow(room):
    browser = room.entered("ada")
    page = "/account/second-factor"
    assert "Set up" in browser.get(page).text
    for _ in range(5):
        answer = browser.fill_in(page, page, current="wrong")
        assert answer.status_code == 422 and "password is wrong" in notice(answer) and "<svg" not in answer.text
    assert browser.fill_in(page, page, current=PASSWORD).status_code == 429


def test_a_set_up_belongs_to_who_began_it(room):
    ada, bob = room.entered("ada"), room.entered("bob")
    page = ada.fill_in("/account/second-factor", "/account/second-factor", current=PASSWORD)
    given = dict(HIDDEN.findall(page.text))["given"]
    form = {"given": given, "code": App(page).code()}
    answer = bob.fill_in("/account/second-factor/confirm", "/account/second-factor", **form)
    assert answer.status_code == 409
    wrong = send(ada, page, "/account/second-factor/confirm", code=App(page).wrong())
    assert wrong.status_code == 422 and "not the code" in notice(wrong)
    assert ada.fill_in("/account/second-factor/confirm", "/account/second-factor", given="x").status_code == 422
    with room.sessions() as session:
        assert session.scalars(select(SecondFactor)).all() == []


def test_another_app_takes_over_and_the_other_sessions_end(room):
    browser = room.entered("ada")
    old, old_codes = set_up(browser)
    other, page = asked(room)
    send(other, page, "/log-in/code", code=old.code())
    new, _ = set_up(browser)
    assert browser.get("/").status_code == 200 and other.get("/").status_code == 401
    assert send(*asked(room), "/log-in/code", code=old.code()).status_code == 401
    assert send(*asked(room), "/log-in/code", recovery=old_codes[0]).status_code == 401
    assert send(*asked(room), "/log-in/code", code=new.code()).status_code == 303
    assert room.audited("reader.second_factor")[-1].detail["ended"] == 1


def test_who_may_do_without_takes_it_away_with_the_password(room):
    browser = room.entered("ada")
    set_up(browser)
    path, page = "/account/second-factor/remove", "/account/second-factor"
    assert browser.fill_in(path, page, current="wrong").status_code == 422
    assert "is removed" in browser.fill_in(path, page, current=PASSWORD).text
    assert room.browser().log_in("ada").status_code == 303
    assert len(room.audited("reader.second_factor_removed")) == 1
    with room.sessions() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_who_needs_one_cannot_take_it_away(strict):
    strict.reader("ada")
    browser = strict.browser()
    page = browser.log_in("ada")
    send(browser, page, "/log-in/second-factor", code=App(page).code())
    assert "not removed" in browser.get("/account/second-factor").text
    answer = browser.fill_in("/account/second-factor/remove", "/account/second-factor", current=PASSWORD)
    assert answer.status_code == 422 and "needs a second factor" in notice(answer)
    asked(strict)


def test_an_administrator_takes_away_what_is_lost_and_the_sessions_end(either):
    admin, browser = either.entered("root", "admin"), either.entered("ada")
    set_up(browser)
    assert "password and second factor" in admin.get("/readers").text
    path = f"/readers/{either.found('ada').id}/second-factor/remove"
    assert admin.fill_in(path, "/readers").headers["location"] == "/readers"
    assert browser.get("/").status_code == 401 and browser.log_in("ada").status_code == 303
    (row,) = either.audited("reader.second_factor_removed")
    assert row.detail == {"address": "10.1.1.1", "reader": "ada", "ended": 1}


def test_only_an_administrator_takes_it_away_and_their_own_by_their_password_alone(room):
    admin, chief = room.entered("root", "admin"), room.entered("eva", "chief")
    set_up(admin)
    path = f"/readers/{room.found('root').id}/second-factor/remove"
    assert chief.post(path, headers={"X-CSRF-Token": chief.csrf()}).status_code == 403
    answer = admin.fill_in(path, "/readers")
    assert answer.status_code == 422 and path not in admin.get("/readers").text
    asked(room, "root")


def test_the_command_line_lets_an_administrator_in_who_has_lost_everything(room):
    set_up(room.entered("root", "admin"))
    with room.sessions.begin() as session:
        secret = invitations.first_admin(session, "root", "ignored")
    path, browser = f"/invitation/{secret}", room.browser()
    browser.fill_in(path, path, password=NEW, again=NEW)
    assert browser.get("/for-admins").json() == "root"
    assert room.audited("reader.second_factor_removed")[0].detail == {"reader": "root", "by": "command line"}


def test_a_hospital_account_and_the_demo_reader_are_not_asked(tmp_path):
    with on_sqlite(tmp_path, second_factor="everybody", demo=True, secure=False) as room:
        browser = room.browser()
        assert browser.fill_in("/log-in/demo", "/log-in").status_code == 303
        page = browser.get("/account/second-factor")
        assert "no reading room password" in page.text and 'name="current"' not in page.text
        assert browser.fill_in("/account/second-factor", "/account", current="").status_code == 422
        room.reader("hal", subject="https://login.example 7", password=None)
        assert not second_factor.needed(room.found("hal"), room.settings)


def test_with_another_key_recovery_codes_still_get_in_and_codes_do_not(room):
    app, codes = set_up(room.entered("ada"))
    (room.settings.folder / KEY).unlink()
    assert send(*asked(room), "/log-in/code", code=app.code()).status_code == 401
    assert send(*asked(room), "/log-in/code", recovery=codes[0]).status_code == 303


def test_the_key_is_made_when_it_is_first_needed_and_for_its_user_alone(room):
    key = room.settings.folder / KEY
    room.entered("bob")
    assert not key.exists()
    set_up(room.entered("ada"))
    assert key.stat().st_mode & 0o777 == 0o600 and len(bytes.fromhex(key.read_text())) == 32


def test_a_key_that_is_damaged_or_not_where_the_settings_say_stops_the_start(tmp_path):
    check(Settings(folder=tmp_path))
    (tmp_path / KEY).write_text("no key")
    with pytest.raises(KeyLostError, match="not a key"):
        check(Settings(folder=tmp_path))
    with pytest.raises(FileNotFoundError):
        check(Settings(accounts_key=tmp_path / "elsewhere"))
    with pytest.raises(FileNotFoundError):
        Sealer.of(Settings(accounts_key=tmp_path / "elsewhere"))


@pytest.mark.parametrize(
    ("settings", "whose"),
    [
        ({}, "none"),
        ({"host": "0.0.0.0", "disk_key": "none"}, "admins"),  # noqa: S104
        ({"hosts": "cxr.hospital.example"}, "admins"),
        ({"host": "0.0.0.0", "disk_key": "none", "second_factor": "none"}, "none"),  # noqa: S104
        ({"second_factor": "everybody"}, "everybody"),
    ],
)
def test_administrators_need_one_wherever_others_can_reach_the_room(settings, whose):
    assert Settings(**settings).second_factor_for == whose


def test_the_page_of_a_set_up_has_its_picture_in_itself_and_is_not_kept(room):
    browser = room.entered("ada")
    page = browser.fill_in("/account/second-factor", "/account/second-factor", current=PASSWORD)
    assert page.headers["cache-control"] == "no-store" and page.text.count("<svg") == 1 and "<img" not in page.text

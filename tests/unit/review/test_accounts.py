"""Invitations, readers and one's own account."""

import html
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from review.door import invitations, roster
from review.door.logins import fingerprint
from review.errors import ConflictError, InvalidError, NotFoundError
from review.people import Invitation, Login, Reader
from tests.unit.review.room import LINK, PASSWORD, Room, on_sqlite

NEW = "another phrase, quite new"


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path) as room:
        yield room


@pytest.fixture
def either(site):
    """On both databases."""
    with Room(site.sessions) as room:
        yield room


def invited(admin, login="bob", name="Dr Bob", role="chief"):
    """The path of the link that the page shows."""
    page = admin.fill_in("/readers", "/readers", login=login, name=name, role=role)
    assert page.status_code == 200
    return LINK.search(page.text)[0]


def notice(answer):
    """What went wrong, as the page says it."""
    return html.unescape(answer.text.partition('role="alert">')[2].partition("<")[0])


def test_an_invitation_leads_from_the_admin_to_a_reader_who_is_logged_in(either):
    admin, guest = either.entered("root", "admin"), either.browser()
    path = invited(admin)
    assert LINK.search(admin.get("/readers").text) is None
    page = guest.get(path)
    assert "Welcome, Dr Bob" in page.text and "<strong>bob</strong>" in page.text
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    assert guest.fill_in(path, path, password=NEW, again=NEW).headers["location"] == "/"
    assert guest.get("/").json() | {"csrf": ""} == {"login": "bob", "role": "chief", "csrf": ""}
    assert either.browser().log_in("bob", NEW).status_code == 303
    rows = [row for row in either.audited() if row.action != "readers.view"]
    actions = [(row.action, row.detail.get("reader"), row.detail.get("way")) for row in rows]
    assert actions[1:4] == [("reader.invite", "bob", None), ("reader.password", None, "link"), ("log_in", None, "link")]


def test_the_link_is_absolute_and_its_secret_is_not_in_the_database(room):
    admin = room.entered("root", "admin")
    page = admin.fill_in("/readers", "/readers", login="bob", name="Dr Bob", role="reader")
    secret = LINK.search(page.text)[1]
    assert f'value="https://room.test/invitation/{secret}"' in page.text
    with room.sessions() as session:
        (row,) = session.scalars(select(Invitation))
    assert row.token == fingerprint(secret)
    assert timedelta(hours=47) < row.expires - datetime.now(UTC) <= timedelta(hours=48)


def test_a_link_that_was_used_or_has_expired_says_so(room):
    admin = room.entered("root", "admin")
    used, expired, replaced = invited(admin, "bob"), invited(admin, "eve"), invited(admin, "zoe")
    guest = room.browser()
    token = guest.token(used)
    form = {"csrf": token, "password": NEW, "again": NEW}
    assert guest.post(used, data=form).status_code == 303
    admin.fill_in(f"/readers/{room.found('zoe').id}/link", "/readers")
    with room.sessions.begin() as session:
        mine = session.scalars(select(Invitation).where(Invitation.reader_id == room.found("eve").id)).one()
        mine.expires -= timedelta(hours=48)
    made_up = "/invitation/" + "x" * 43
    for path, why in ((used, "been used"), (expired, "expired"), (replaced, "expired"), (made_up, "not one of ours")):
        for answer in (guest.get(path), guest.post(path, data=form)):
            assert answer.status_code == 404 and why in notice(answer) and 'name="password"' not in answer.text


def test_a_link_survives_a_password_that_will_not_do(room):
    path = invited(room.entered("root", "admin"))
    guest = room.browser()
    for password, again, why in (
        ("short", "short", "12 to 200"),
        ("password1234", "password1234", "tried first"),
        (NEW, NEW + "x", "not the same"),
    ):
        answer = guest.fill_in(path, path, password=password, again=again)
        assert answer.status_code == 422 and why in notice(answer)
    assert guest.post(path, data={"password": NEW, "again": NEW}).status_code == 403
    assert guest.fill_in(path, path, password=NEW, again=NEW).status_code == 303


def test_a_link_that_is_used_twice_at_the_same_moment_sets_one_password(either):
    with either.sessions.begin() as session:
        secret = invitations.invite(session, "bob", "Dr Bob", "reader")
    start, taken = threading.Barrier(2), []

    def accept(password):
        start.wait()
        try:
            with either.sessions.begin() as session:
                invitations.accept(session, secret, password)
        except NotFoundError:
            return
        taken.append(password)

    threads = [threading.Thread(target=accept, args=(f"phrase number {each}",)) for each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert either.browser().log_in("bob", taken[0]).status_code == 303


@pytest.mark.parametrize(
    ("login", "name", "why"),
    [
        ("root", "Dr Bob", "already"),
        ("ROOT ", "Dr Bob", "already"),
        ("demo", "Dr Bob", "not demo"),
        ("b", "Dr Bob", "2 to 64"),
        ("bob bob", "Dr Bob", "2 to 64"),
        ("bób", "Dr Bob", "2 to 64"),
        ("b" * 65, "Dr Bob", "2 to 64"),
        ("bob", " ", "1 to 100"),
        ("bob", "B" * 101, "1 to 100"),
        ("bob", "Dr\nBob", "1 to 100"),
    ],
)
def test_a_log_in_name_or_name_that_will_not_do_is_refused(room, login, name, why):
    admin = room.entered("root", "admin")
    answer = admin.fill_in("/readers", "/readers", login=login, name=name, role="reader")
    assert answer.status_code in (409, 422) and why in notice(answer)
    with room.sessions() as session:
        assert session.scalars(select(Reader.login)).all() == ["root"]


def test_a_role_that_there_is_not_is_refused(room):
    admin = room.entered("root", "admin")
    assert admin.fill_in("/readers", "/readers", login="bob", name="Bob", role="king").status_code == 422
    assert admin.fill_in(f"/readers/{room.found('root').id}/role", "/readers", role="king").status_code == 422
    assert admin.fill_in("/readers/nobody/role", "/readers", role="chief").status_code == 404


def test_a_hostile_name_is_shown_as_text(room):
    admin = room.entered("root", "admin")
    hostile = "<img src=x onerror=alert(1)>\"'"
    path = invited(admin, "bob", hostile)
    for page in (admin.get("/readers"), admin.get("/audit"), room.browser().get(path)):
        assert "<img" not in page.text
    assert hostile in html.unescape(admin.get("/readers").text)


def test_a_new_role_counts_at_once_and_ends_the_sessions(room):
    admin, browser = room.entered("root", "admin"), room.entered("ada", "chief")
    path = f"/readers/{room.found('ada').id}/role"
    assert admin.fill_in(path, "/readers", role="reader").headers["location"] == "/readers"
    assert browser.get("/").status_code == 401
    browser.log_in("ada")
    assert browser.get("/for-chiefs").status_code == 403
    (row,) = room.audited("reader.role")
    assert row.detail == {"address": "10.1.1.1", "reader": "ada", "before": "chief", "role": "reader"}


def test_who_is_closed_out_is_out_at_once_and_stays_out_until_let_in(room):
    admin, browser = room.entered("root", "admin"), room.entered("ada")
    path = f"/readers/{room.found('ada').id}/active"
    admin.fill_in(path, "/readers", active="false")
    assert browser.get("/").status_code == 401 and browser.log_in("ada").status_code == 401
    admin.fill_in(path, "/readers", active="true")
    assert browser.get("/").status_code == 401 and browser.log_in("ada").status_code == 303
    assert len(room.audited("reader.deactivate")) == len(room.audited("reader.activate")) == 1


def test_the_link_of_who_is_closed_out_is_of_no_use(room):
    admin = room.entered("root", "admin")
    path = invited(admin)
    admin.fill_in(f"/readers/{room.found('bob').id}/active", "/readers", active="false")
    assert room.browser().get(path).status_code == 404


def test_the_last_administrator_can_neither_go_nor_step_down(room):
    admin = room.entered("root", "admin")
    invited(admin, "waiting", "Not here yet", "admin")
    room.reader("closed", "admin", active=False)
    path = f"/readers/{room.found('root').id}"
    for answer in (
        admin.fill_in(f"{path}/role", "/readers", role="chief"),
        admin.fill_in(f"{path}/active", "/readers", active="false"),
    ):
        assert answer.status_code == 409 and "last administrator" in notice(answer)
    assert admin.get("/for-admins").status_code == 200
    room.reader("second", "admin")
    assert admin.fill_in(f"{path}/role", "/readers", role="chief").status_code == 303


def test_of_two_administrators_who_demote_each_other_one_stays(either):
    ids = [either.reader(login, "admin") for login in ("ada", "bob")]
    start, refused = threading.Barrier(2), []

    def demote(reader_id):
        try:
            with either.sessions.begin() as session:
                reader = roster.find(session, reader_id)
                start.wait()
                roster.change_role(session, reader, "chief")
        except ConflictError:
            refused.append(reader_id)

    threads = [threading.Thread(target=demote, args=(each,)) for each in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert sorted(either.found(login).role for login in ("ada", "bob")) == ["admin", "chief"]


def test_a_lost_password_is_set_again_by_a_new_link_and_the_sessions_end(room):
    admin, browser = room.entered("root", "admin"), room.entered("ada")
    page = admin.fill_in(f"/readers/{room.found('ada').id}/link", "/readers")
    path = LINK.search(page.text)[0]
    assert browser.get("/").status_code == 200
    guest = room.browser()
    guest.fill_in(path, path, password=NEW, again=NEW)
    assert browser.get("/").status_code == 401
    assert room.browser().log_in("ada").status_code == 401
    assert room.browser().log_in("ada", NEW).status_code == 303
    assert room.audited("reader.link")[0].detail["reader"] == "ada"


def test_the_first_administrator_comes_from_the_command_line_and_again_when_all_is_lost(either):
    with either.sessions.begin() as session:
        secret = invitations.first_admin(session, "Root", "The admin")
    path, browser = f"/invitation/{secret}", either.browser()
    browser.fill_in(path, path, password=PASSWORD, again=PASSWORD)
    assert browser.get("/for-admins").json() == "root"
    with either.sessions.begin() as session:
        reader = session.scalars(select(Reader)).one()
        reader.role, reader.active = "reader", False
    with either.sessions.begin() as session:
        secret = invitations.first_admin(session, "root", "ignored")
    path, browser = f"/invitation/{secret}", either.browser()
    assert "The admin" in browser.get(path).text
    browser.fill_in(path, path, password=NEW, again=NEW)
    assert browser.get("/for-admins").json() == "root"
    assert [row.detail["by"] for row in either.audited("reader.invite")] == ["command line"] * 2


def test_the_command_line_gives_no_link_for_the_demo_reader(room):
    room.reader("demo", "chief", password=None)
    with room.sessions.begin() as session, pytest.raises(InvalidError, match="demo"):
        invitations.first_admin(session, "demo", "Demo")
    assert room.found("demo").role == "chief"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(room):
    browser = room.entered("ada")
    other = room.browser()
    other.log_in("ada")
    answer = browser.fill_in("/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert answer.status_code == 200 and "ended: 1" in answer.text
    assert browser.get("/").status_code == 200 and other.get("/").status_code == 401
    assert room.browser().log_in("ada").status_code == 401
    assert room.browser().log_in("ada", NEW).status_code == 303
    assert room.audited("reader.password")[0].detail["ended"] == 1


def test_a_password_is_changed_by_who_knows_it_only_and_not_by_trying(room):
    browser = room.entered("ada")
    assert (
        browser.post("/account/password", data={"current": PASSWORD, "password": NEW, "again": NEW}).status_code == 403
    )
    for current, password, again, why in (
        (PASSWORD, NEW, NEW + "x", "not the same"),
        (PASSWORD, "short", "short", "12 to 200"),
        *[("wrong", NEW, NEW, "current password is wrong")] * 5,
    ):
        answer = browser.fill_in("/account/password", current=current, password=password, again=again)
        assert answer.status_code == 422 and why in notice(answer)
    answer = browser.fill_in("/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert answer.status_code == 429 and 0 < int(answer.headers["retry-after"]) <= 900
    assert len(room.audited("reader.password_failed")) == 5
    assert browser.get("/").status_code == 200


def test_ones_own_sessions_are_shown_and_the_others_ended(room):
    browser = room.entered("ada")
    stale, other = room.browser(), room.browser()
    stale.log_in("ada")
    with room.sessions.begin() as session:
        session.get(Login, fingerprint(stale.cookies["__Host-review"])).seen -= timedelta(hours=2)
    other.log_in("ada")
    page = browser.get("/account").text
    assert page.count("this browser") == 1 and page.count("<tr>") == 3
    assert "End the others" in page
    answer = browser.fill_in("/account/sessions/end")
    assert "End the others" not in answer.text
    assert other.get("/").status_code == 401 and browser.get("/").status_code == 200
    assert len(room.audited("reader.end_sessions")) == 1


def test_the_demo_readers_role_is_not_changed(tmp_path):
    with on_sqlite(tmp_path, demo=True, secure=False) as room:
        browser = room.browser()
        browser.fill_in("/log-in/demo", "/log-in")
        admin = room.entered("root", "admin")
        path = f"/readers/{room.found('demo').id}"
        assert admin.fill_in(f"{path}/role", "/readers", role="admin").status_code == 422
        assert admin.fill_in(f"{path}/link", "/readers").status_code == 422
        admin.fill_in(f"{path}/active", "/readers", active="false")
        answer = room.browser().fill_in("/log-in/demo", "/log-in")
        assert answer.status_code == 403 and "not let in" in notice(answer)

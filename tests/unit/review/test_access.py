"""Who may do what, and whose request is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from review.door.access import safe_next
from review.door.logins import alive, fingerprint
from review.people import Login
from tests.unit.review.room import Room, on_sqlite


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path) as room:
        yield room


@pytest.fixture
def loopback(site):
    with Room(site.sessions, secure=False) as room:
        yield room


def test_who_is_not_logged_in_is_sent_to_the_log_in_and_back_again(room):
    browser = room.browser()
    assert browser.get("/").status_code == 401
    sent = browser.get("/for-chiefs?a=1", headers={"Accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/log-in?next=%2Ffor-chiefs%3Fa%3D1")
    room.reader("ada", "chief")
    back = browser.log_in("ada", next="/for-chiefs?a=1")
    assert (back.status_code, back.headers["location"]) == (303, "/for-chiefs?a=1")
    assert browser.get("/for-chiefs?a=1").json() == "ada"
    assert browser.get("/log-in?next=/for-chiefs").headers["location"] == "/for-chiefs"


@pytest.mark.parametrize(("role", "chiefs", "admins"), [("reader", 403, 403), ("chief", 200, 403), ("admin", 200, 200)])
def test_each_role_may_do_what_those_before_it_may(room, role, chiefs, admins):
    browser = room.entered("ada", role)
    assert browser.get("/").json()["role"] == role
    assert browser.get("/for-chiefs").status_code == chiefs
    for path in ("/for-admins", "/readers", "/audit", "/audit.csv"):
        assert browser.get(path).status_code == admins


def test_a_change_needs_the_token_of_the_same_session(room):
    browser, other = room.entered("ada"), room.entered("bob")
    token = browser.csrf()
    assert browser.post("/say").status_code == 403
    assert browser.post("/say", headers={"X-CSRF-Token": ""}).status_code == 403
    assert browser.post("/say", headers={"X-CSRF-Token": other.csrf()}).status_code == 403
    assert browser.post("/say", data={"csrf": other.csrf()}).status_code == 403
    assert browser.post("/say", headers={"X-CSRF-Token": "é".encode()}).status_code == 403
    assert browser.post("/say", json={"csrf": token}).status_code == 403
    assert browser.post("/say", headers={"X-CSRF-Token": token}).status_code == 200
    assert browser.post("/say", data={"csrf": token}).status_code == 200
    assert browser.post("/say", data={"csrf": token}, files={"file": b"x"}).status_code == 403


ORIGINS = (
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Sec-Fetch-Site": "none"}, 200),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "https://room.test"}, 403),
    ({"Origin": "https://room.test"}, 200),
    ({"Origin": "https://room.test.evil.example"}, 403),
    ({"Origin": "null"}, 403),
)


def test_a_change_asked_for_by_another_sites_page_is_refused_even_with_the_token(room):
    browser = room.entered("ada")
    token = browser.csrf()
    for headers, status in ORIGINS:
        assert browser.post("/say", headers={"X-CSRF-Token": token} | headers).status_code == status, headers


def test_a_log_in_asked_for_by_another_sites_page_is_refused_even_with_the_token(room):
    for headers, status in ORIGINS:
        if status == 403:
            answer = room.browser().log_in("ada", headers=headers)
            assert answer.status_code == 403 and "another site" in answer.text


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/films/01J?page=2#top", "/films/01J?page=2#top"),
        ("/", "/"),
        ("", "/"),
        (None, "/"),
        ("films", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("\t//evil.example", "/"),
        (" //evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/log-in?next=/", "/"),
        ("/log-out", "/"),
        ("/" + "a" * 5000, "/"),
    ],
)
def test_the_log_in_leads_to_our_own_pages_only(path, leads):
    assert safe_next(path) == leads


def test_the_cookie_is_for_this_host_alone_and_the_database_does_not_know_it(room):
    room.reader("ada")
    browser = room.browser()
    header = browser.log_in("ada").headers.get_list("set-cookie")[0]
    name, _, rest = header.partition("=")
    cookie = rest.partition(";")[0]
    assert name == "__Host-review" and len(cookie) == 43
    told = {each.strip().lower() for each in rest.split(";")[1:]}
    assert told == {"httponly", "path=/", "samesite=lax", "secure"}
    (login,) = room.logins()
    assert login.token == fingerprint(cookie) and cookie not in (login.token, login.csrf)


def test_without_https_on_loopback_the_cookie_has_its_plain_name(loopback):
    loopback.reader("ada")
    header = loopback.browser().log_in("ada").headers["set-cookie"]
    assert header.startswith("review=") and "Secure" not in header and "HttpOnly" in header


@pytest.mark.parametrize(("column", "most"), [("seen", timedelta(hours=1)), ("created", timedelta(hours=12))])
def test_a_session_ends_when_nothing_happens_and_in_any_case(room, column, most):
    browser = room.entered("ada")
    room.shift(Login, column, most - timedelta(minutes=1))
    with room.sessions() as session:
        assert len(alive(session, room.found("ada").id, room.settings)) == 1
    assert browser.get("/").status_code == 200
    room.shift(Login, column, timedelta(minutes=2) if column == "created" else most)
    answer = browser.get("/")
    assert answer.status_code == 401 and "ended" in answer.json()["detail"]


def test_when_a_session_was_seen_is_written_once_a_minute(room):
    browser = room.entered("ada")
    before = room.logins()[0].seen
    browser.get("/")
    assert room.logins()[0].seen == before
    room.shift(Login, "seen", timedelta(seconds=70))
    browser.get("/")
    assert datetime.now(UTC) - room.logins()[0].seen < timedelta(seconds=30)


def test_a_cookie_made_up_is_nobodys(room):
    room.entered("ada")
    for cookie in ("x" * 43, room.logins()[0].token, "é"):
        headers = {"Cookie": f"__Host-review={cookie}".encode()}
        assert room.browser().get("/", headers=headers).status_code == 401


def test_the_demo_reader_is_nobody_where_there_is_no_demo(loopback):
    demo, serious = loopback.beside(demo=True, secure=False), loopback
    browser, other = demo.browser(), serious.browser()
    assert "Enter as the demo reader" in browser.get("/log-in").text
    assert browser.fill_in("/log-in/demo", "/log-in").headers["location"] == "/"
    assert browser.get("/").json()["role"] == "chief"
    assert demo.found("demo").password is None

    assert "demo reader" not in other.get("/log-in").text
    assert other.fill_in("/log-in/demo", "/log-in").status_code == 404
    other.cookies = browser.cookies
    assert other.get("/").status_code == 401
    for room in (demo, serious):
        assert room.browser().log_in("demo", "").status_code == 401


def test_the_demo_reader_is_made_once_and_needs_our_page(loopback):
    room = loopback.beside(demo=True, secure=False)
    assert room.browser().post("/log-in/demo", data={"csrf": "x" * 43}).status_code == 403
    for _ in range(2):
        assert room.browser().fill_in("/log-in/demo", "/log-in").status_code == 303
    assert len(room.logins()) == 2
    assert [row.detail["way"] for row in room.audited("log_in")] == ["demo", "demo"]

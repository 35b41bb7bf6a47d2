"""What a reader looks at leaves its trace, and what they search for stays out of every address."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.review.whole import whole

NAME = "Mustermann"


@pytest.fixture
def room(tmp_path):
    with whole(tmp_path) as room:
        yield room


def pictures(film):
    """Paths of what a film's page shows, but the thumbnail."""
    return [f"/films/{film}/radiograph.png", f"/films/{film}/{film[1:].zfill(32)}/heat/no_pathology.png"]


def decoded(row):
    """The query of a row."""
    return parse_qs(base64.b64decode(row.detail["query"]).decode())


def search(browser, words, **fields):
    """Through the worklist's form; gives where it leads."""
    form = {"csrf": browser.token("/"), "search": words} | fields
    return browser.post("/worklist", data=form).headers["location"]


def test_a_worklist_leaves_who_saw_which_films(room):
    film, ada = room.film(), room.browser("ada")

    ada.get("/?status=all&order=newest")

    (row,) = room.audited("worklist.view")
    assert row.detail["films"] == [film] and row.detail["address"] == "testclient"
    assert decoded(row) == {"status": ["all"], "order": ["newest"]}


def test_a_search_is_in_the_audit_encoded_and_nowhere_else(room):
    film, ada = room.film(patient_name=NAME, search=NAME.casefold()), room.browser("ada")
    room.film(patient_name="Doe", search="doe")

    where = search(ada, NAME, status="all")
    page = ada.get(where)

    assert NAME not in where and set(parse_qs(urlsplit(where).query)) == {"status", "find"}
    assert f'value="{NAME}"' in page.text and "Doe" not in page.text
    (row,) = room.audited("worklist.search")
    assert row.detail["films"] == [film] and decoded(row) == {"search": [NAME], "status": ["all"]}
    assert NAME not in str([each.detail for each in room.audited("worklist.view", "worklist.search")])


def test_no_address_of_a_page_that_was_searched_for_names_the_patient(room):
    room.film(patient_name="A", search=NAME.casefold())
    film, ada = room.film(patient_name="B", search=NAME.casefold()), room.browser("ada")
    where = search(ada, NAME, status="all", order="newest")
    token = parse_qs(urlsplit(where).query)["find"][0]

    listed = ada.get(where).text
    opened = ada.get(f"/films/{film}?status=all&order=newest&find={token}").text

    for page in (listed, opened):
        for address in page.replace('"url": "', 'href="').split('href="')[1:]:
            assert NAME not in address.partition('"')[0]
    assert f"find={token}" in listed and f"find={token}" in opened
    ada.cookies.clear()
    sent = ada.get(where, headers={"Accept": "text/html"}).headers["location"]
    assert sent.startswith("/log-in?next=") and NAME not in sent


def test_words_in_an_address_are_not_searched_for_and_another_readers_search_is_not_known(room):
    room.film(patient_name="Doe", search="doe")
    ada, bob = room.browser("ada"), room.browser("bob")
    where = search(ada, NAME, status="all")

    assert "Doe" not in ada.get(where).text
    assert "Doe" in bob.get(where).text and NAME not in bob.get(where).text
    assert "Doe" in ada.get(f"/?status=all&search={NAME}").text
    assert "Doe" in ada.get("/?status=all&find=0123456789abcdef").text


def test_a_form_without_words_leads_to_a_plain_address_and_needs_our_token(room):
    ada = room.browser("ada")

    assert search(ada, "  ") == "/"
    assert search(ada, "", order="newest", since="2026-01-02") == "/?order=newest&since=2026-01-02"
    assert ada.post("/worklist", data={"search": NAME}).status_code == 403


def test_rows_that_are_fetched_again_leave_a_trace_only_where_there_is_something_new(room):
    first, ada = room.film(accession_number="1"), room.browser("ada")
    ada.get("/")
    ada.get("/worklist/rows")
    assert len(room.audited("worklist.view")) == 1

    ada.get("/worklist/rows?status=all")

    assert [row.detail["films"] for row in room.audited("worklist.view")] == [[first], [first]]


def test_a_films_pictures_leave_one_row_a_session_and_film(room):
    film, ada = room.film(), room.browser("ada")
    for _ in range(2):
        assert [ada.get(path).status_code for path in pictures(film)] == [200, 200]
    assert [row.film_id for row in room.audited("film.pictures")] == [film]

    room.browser("ada").get(pictures(film)[0])
    room.browser("bob").get(pictures(film)[0])

    rows = room.audited("film.pictures")
    assert len(rows) == 3 and len({row.reader_id for row in rows}) == 2


def test_a_thumbnail_that_was_on_no_list_leaves_a_row_and_one_that_was_is_on_the_lists(room):
    film, ada, bob = room.film(), room.browser("ada"), room.browser("bob")
    ada.get("/?status=all")
    for browser in (ada, bob):
        assert browser.get(f"/films/{film}/thumbnail.png").status_code == 200

    assert len(room.audited("film.pictures")) == 1


def test_a_picture_that_is_not_there_leaves_no_row(room):
    ada = room.browser("ada")

    assert ada.get("/films/nothing/radiograph.png").status_code == 404
    assert room.audited("film.pictures") == []


def test_pages_about_everybody_leave_their_traces(room):
    room.film()
    root = room.browser("root", "admin")
    paths = ("/insight", "/insight?from=2026-01-01", "/audit?action=log_in", "/readers", "/learn")
    assert [root.get(path).status_code for path in paths] == [200] * len(paths)

    told = [(row.action, row.detail.get("query")) for row in room.audited("insight.view", "audit.view", "readers.view")]
    assert told == [("insight.view", ""), ("insight.view", "from=2026-01-01"), ("audit.view", "action=log_in"),
                    ("readers.view", None)]  # fmt: skip
    assert len(room.audited("learn.view")[0].detail["films"]) == 1
    assert len(room.audited("room.start")) == 1


def test_no_page_and_no_picture_stays_in_a_browsers_cache(room):
    film, ada = room.film(), room.browser("ada")
    paths = ["/", "/worklist/rows", "/status", f"/films/{film}", f"/films/{film}/thumbnail.png", *pictures(film)]
    for path in paths:
        assert "no-store" in ada.get(path).headers["cache-control"], path
    assert "cache-control" not in ada.get("/static/base.css").headers

    token = ada.token("/")
    assert ada.post("/log-out", data={"csrf": token}).headers["clear-site-data"] == '"cache"'

"""How each reader likes to read."""

import pytest

from tests.unit.review.test_claims import PAGE, STATE


def keep(browser, **form):
    """The page's form, sent; then the page."""
    token = browser.get("/", headers=PAGE).text.partition('data-csrf="')[2].partition('"')[0]
    answer = browser.post("/account/preferences", data={"csrf": token} | form)
    return answer.status_code, browser.get("/account", headers=PAGE).text


def test_what_a_reader_likes_holds_in_each_of_their_browsers_and_for_nobody_else(room):
    ada, elsewhere, bob = room.browser("ada"), room.browser("ada"), room.browser("bob")

    status, page = keep(ada, theme="light", auto_advance="true")

    assert status == 303 and 'data-theme="light"' in page and 'value="true" checked' in page
    assert 'data-theme="light"' in elsewhere.get("/", headers=PAGE).text
    assert 'data-theme="dark"' in bob.get("/", headers=PAGE).text


def test_a_box_that_is_left_empty_is_off_again(room):
    ada = room.browser("ada")
    keep(ada, theme="dark", auto_advance="true")
    _, page = keep(ada, theme="dark")
    assert "checked" not in page


def test_the_film_page_knows_whether_the_next_film_opens_by_itself(room):
    film, ada = room.film(), room.browser("ada")
    told = [STATE.search(ada.get(f"/films/{film}", headers=PAGE).text)[1]]
    keep(ada, auto_advance="true")
    told.append(STATE.search(ada.get(f"/films/{film}", headers=PAGE).text)[1])
    assert ['"auto_advance": true' in each for each in told] == [False, True]


@pytest.mark.parametrize("form", [{"theme": "green"}, {"auto_advance": "perhaps"}])
def test_what_nobody_can_like_is_refused(room, form):
    assert keep(room.browser("ada"), **form)[0] == 422

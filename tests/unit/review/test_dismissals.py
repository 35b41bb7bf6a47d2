"""Films that nobody has to read, and back again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.review.room import Browser
from tests.unit.review.whole import Whole, whole


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path / "room") as room:
        yield room


def token(browser: Browser) -> str:
    return browser.get("/").text.split('data-csrf="')[1].split('"')[0]


def change(browser: Browser, to: str, *films: str) -> list[str]:
    answer = browser.post(f"/worklist/{to}", json={"films": films}, headers={"X-CSRF-Token": token(browser)})
    assert answer.status_code == 200, answer.text
    return answer.json()["films"]


def test_many_films_are_dismissed_at_once_found_in_their_own_list_and_put_back(room):
    films, ada = [room.film(accession_number=f"N{number}") for number in range(3)], room.browser("ada")
    before = ada.get("/status").json()["mark"]

    assert change(ada, "dismiss", *films[:2]) == films[:2]

    assert [name in ada.get("/").text for name in ("N0", "N1", "N2")] == [False, False, True]
    assert [name in ada.get("/?status=dismissed").text for name in ("N0", "N1", "N2")] == [True, True, False]
    assert ada.get("/status").json()["mark"] != before, "other readers' lists follow"
    assert change(ada, "restore", films[0]) == [films[0]]
    assert "N0" in ada.get("/").text
    assert [(row.action, row.film_id) for row in room.audited("film.dismiss", "film.restore")] == [
        ("film.dismiss", films[0]),
        ("film.dismiss", films[1]),
        ("film.restore", films[0]),
    ]


def test_what_was_dismissed_before_is_not_undone_with_the_rest(room):
    first, second, ada = room.film(), room.film(), room.browser("ada")
    change(ada, "dismiss", first)

    assert change(ada, "dismiss", first, second, "no such film") == [second]
    assert len(room.audited("film.dismiss")) == 2


def test_a_dismissed_film_is_not_worth_labelling(room):
    film, ada = room.film(), room.browser("ada")
    assert film in ada.get("/learn").text

    change(ada, "dismiss", film)

    assert film not in ada.get("/learn").text


@pytest.mark.parametrize("films", [[], ["x" * 27], ["F"] * 501])
def test_a_request_without_films_or_with_too_many_is_refused(room, films):
    ada = room.browser("ada")
    answer = ada.post("/worklist/dismiss", json={"films": films}, headers={"X-CSRF-Token": token(ada)})
    assert answer.status_code in (400, 413, 422)


def test_nobody_dismisses_a_film_from_another_page(room):
    film = room.film()

    assert room.browser("ada").post("/worklist/dismiss", json={"films": [film]}).status_code == 403
    assert room.browser().post("/worklist/dismiss", json={"films": [film]}).status_code in (303, 401)

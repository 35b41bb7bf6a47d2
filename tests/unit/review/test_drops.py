"""Files that are dropped onto the page lead to films that can be found again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from review.arrivals.arrivals import Arrivals
from review.reading.drops import file_name
from review.state import KEY
from review.tables import Film
from tests.unit.review.numbers import measured
from tests.unit.review.room import Browser
from tests.unit.review.test_arrivals import Gateway, body
from tests.unit.review.whole import Whole, whole

ANSWERED = {"in_distribution": 0.9, "nearness": 0.0, "display": "plain"}


class Assessing(Gateway):
    """Answers each file with the film that its bytes name."""

    def __init__(self):
        super().__init__()
        self.said, self.headers, self.problems = {}, {}, []

    def assess(self, file, kind, *wishes, problem):
        name = file.decode()
        self.problems.append(problem)
        return body(name) | {"possible_classes": ["other_pathology"]} | self.said.get(name, {})

    def header(self, id_):
        return self.headers.get(id_, {})


@pytest.fixture
def gateway() -> Assessing:
    return Assessing()


@pytest.fixture
def room(tmp_path: Path, gateway: Assessing) -> Iterator[Whole]:
    with whole(tmp_path / "room", blind_share=0) as room:
        here = room.state[KEY]
        arrivals = Arrivals(gateway, here.sessions, here.pictures, lambda _: 0)
        room.state[KEY] = replace(here, gateway=gateway, arrivals=arrivals)
        yield room


def drop(browser: Browser, film: str, name: str, path: str = "/films") -> dict:
    token = browser.get("/").text.split('data-csrf="')[1].split('"')[0]
    headers = {"X-CSRF-Token": token, "X-File-Name": quote(name)}
    answer = browser.post(path, content=film.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_dropped_film_is_named_by_its_file_says_its_answer_and_is_found_again(room):
    ada = room.browser("ada")

    told = drop(ada, "film", "C:\\films\\Frau Müller.png")

    assert told | {"id": ""} == {
        "id": "", "outcome": "assessed", "said": "Abnormal: other pathology", "name": "Frau Müller.png",
    }  # fmt: skip
    for page in ("/", "/?source=mine"):
        assert "Frau Müller.png" in ada.get(page).text
    assert r"Frau M\u00fcller.png" in ada.get(f"/films/{told['id']}").text
    with room.site.session() as session:
        assert "frau müller.png" in session.get_one(Film, told["id"]).search
    assert "Müller" not in room.browser("bob").get("/?source=mine").text


def test_a_files_name_is_in_no_audit_and_is_not_kept_where_the_film_says_whose_it_is(room, gateway):
    gateway.headers = {"known": {
        "00080018": {"vr": "UI", "Value": ["1.2.3"]}, "00100020": {"vr": "LO", "Value": ["P7"]},
    }}  # fmt: skip
    ada = room.browser("ada")

    known, unknown = drop(ada, "known", "Doe John.dcm"), drop(ada, "unknown", "Roe Jane.png")

    with room.site.session() as session:
        assert session.get_one(Film, known["id"]).file_name == ""
        assert session.get_one(Film, unknown["id"]).file_name == "Roe Jane.png"
    rows = room.audited("film.drop")
    assert [row.film_id for row in rows] == [known["id"], unknown["id"]]
    assert "Jane" not in str([row.detail for row in rows])


def test_what_the_models_say_of_a_film_that_is_read_blind_is_not_told(room, gateway):
    here = room.state[KEY]
    room.state[KEY] = replace(here, arrivals=Arrivals(gateway, here.sessions, here.pictures, lambda _: 1))

    told = drop(room.browser("ada"), "film", "a.png")

    assert told["said"] == "Assessed; the answer is hidden until you have read it"


def test_a_refused_film_says_why(room, gateway):
    refusal = {"reason": "rotated", "detail": "The film looks rotated."}
    gateway.said = {"film": {"outcome": "refused", "refusal": refusal, "classes": None, "predicted_class": None}}

    told = drop(room.browser("ada"), "film", "a.png")

    assert (told["outcome"], told["said"]) == ("refused", "Refused: rotated")


def test_a_film_that_another_reader_dropped_is_found_by_both(room):
    ada, bob = room.browser("ada"), room.browser("bob")

    assert drop(ada, "film", "mine.png")["id"] == drop(bob, "film", "mine too.png")["id"]

    for browser in (ada, bob):
        assert "mine.png" in browser.get("/?source=mine").text


@pytest.mark.parametrize(
    ("header", "name"),
    [("", ""), ("a.png", "a.png"), ("..%2F..%2Fa.png", "a.png"), ("a%0A%00b", "ab"), ("x" * 300, "x" * 255)],
)
def test_a_files_name_has_no_folders_and_nothing_that_cannot_be_shown(header, name):
    assert file_name(header) == name


def test_what_is_asked_of_a_dropped_film_is_what_the_list_shows_and_else_what_its_body_part_asks_for(room, gateway):
    ada = room.browser("ada")
    gateway.headers = {"hand": {"00080018": {"vr": "UI", "Value": ["1.2.3"]}}}  # another film
    gateway.said["hand"] = measured() | {"classes": None, "predicted_class": None} | ANSWERED

    drop(ada, "film", "film.png")
    told = drop(ada, "hand", "hand.png", "/films?problem=bone-age")

    assert gateway.problems == ["auto", "bone-age"]
    assert told["said"] == "120.0 months (90.0 to 150.0)"
    assert 'data-problem="bone-age"' in ada.get("/?problem=bone-age").text

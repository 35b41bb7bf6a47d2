"""Readers' numbers against the models': bias, limits of agreement, and what counts."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from review.insight.measured import against, numbers
from review.insight.page import Answer
from review.insight.readings import Asked
from tests.unit.review.english import english
from tests.unit.review.insight.test_page import SVG, browser
from tests.unit.review.numbers import PROBLEM, hand
from tests.unit.review.site import found


def table(apart, patients=None):
    """Readings whose model said 100, with an interval of 10 on either side."""
    rows = {"value": 100.0 + np.asarray(apart), "model": 100.0, "low": 90.0, "high": 110.0}
    return pd.DataFrame(rows).assign(patient=patients if patients is not None else range(len(apart)))


def test_bias_and_limits_are_the_mean_and_two_deviations_about_it():
    apart = np.array([-3.0, 1.0, 5.0, 9.0] * 10)

    told = against(table(apart))

    deviation = np.std(apart, ddof=1)
    assert told.bias.value == pytest.approx(3.0)
    assert told.lower.value == pytest.approx(3 - 1.96 * deviation, abs=1e-6)
    assert told.upper.value == pytest.approx(3 + 1.96 * deviation, abs=1e-6)
    assert told.error.value == pytest.approx(4.5) and told.within.value == 1.0
    for each in (told.bias, told.lower, told.upper):
        assert each.low < each.value < each.high


def test_intervals_hold_the_truth_in_about_95_of_100_samples():
    random = np.random.default_rng(4)
    held = [
        told.bias.low <= 2.0 <= told.bias.high
        for told in (against(table(random.normal(2.0, 8.0, 60))) for _ in range(200))
    ]

    assert 0.88 <= np.mean(held) <= 0.99


def test_a_number_on_the_intervals_end_is_within_it_and_one_beyond_is_not():
    assert against(table([10.0, -10.0, 10.1, -10.1] * 5)).within.value == 0.5


@pytest.mark.parametrize("rows", [table([1.0] * 19), table([1.0] * 40, [1, 2] * 20), table([])])
def test_too_few_readings_or_patients_say_too_few(rows):
    told = against(rows)

    assert all(each.value is None for each in (told.bias, told.lower, told.upper, told.error, told.within))
    assert str(told.bias) == "too few to say" and len(told.differences) == len(rows)


def readings(site, films=60):
    """Ada reads every other film blind, 5 months above the models, and the others as they say; Bob second."""
    ada, bob = site.reader("ada", "Dr Ada"), site.reader("bob", "Dr Bob")
    random = np.random.default_rng(1)
    for at in range(films):
        value = float(random.uniform(60, 180))
        film = hand(site, value, value - 20, value + 20, blind=at % 2 == 0)
        apart = float(random.normal(5.0, 4.0))
        site.opinion(film, ada, None, blind=at % 2 == 0, value=value + apart * (at % 2 == 0), agrees=True)
        site.opinion(film, bob, None, blind=at % 2 == 0, value=value - 30, agrees=False)
    site.reader("eve", "Dr Eve", "chief")
    site.keep()
    return ada, bob


def test_blind_readings_are_apart_and_of_all_readers_only_the_first_of_each_film_counts(site):
    ada, bob = readings(site)

    with site.session() as session:
        (told,) = numbers(session, Asked())
        (bobs,) = numbers(session, Asked(reader=bob))

    assert told.problem == PROBLEM
    assert [len(told.against[kind].differences) for kind in ("blind", "seen")] == [30, 30]
    assert told.against["blind"].bias.value == pytest.approx(5, abs=2)
    assert told.against["seen"].bias.value == pytest.approx(0, abs=1e-6)
    assert {name: each["blind"].bias.value for name, each in told.readers}[bob] == pytest.approx(-30)
    assert bobs.against["blind"].bias.value == pytest.approx(-30)
    assert [name for name, _ in bobs.readers] == [bob] and ada in dict(told.readers)


def test_a_film_that_was_read_blind_since_it_was_chosen_does_not_count(site):
    ada = site.reader("ada")
    film = hand(site, blind=False)
    site.opinion(film, ada, None, blind=True, value=100.0)
    site.keep()

    with site.session() as session:
        (told,) = numbers(session, Asked())
    assert [len(each.differences) for each in told.against.values()] == [0, 0]


def test_numbers_change_nothing_of_what_is_told_of_classes(site):
    readings(site)

    with site.session() as session:
        gathered = Answer(session, Asked()).gathered

    assert gathered.counts == {"blind": 0, "seen": 0} and gathered.by_scanner == []


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    site = found(tmp_path_factory.mktemp("measured"))
    readings(site)
    with browser(site, "EVE".ljust(26, "0")) as eve:
        yield eve


def test_the_page_tells_the_bias_with_its_unit_and_draws_it_in_both_languages(page):
    text = page.get("/insight").text
    assert "Bone age: readers against models, in months" in text and "limits of agreement" in text

    for language, words in (("en", "reader less models, months"), ("es", "lector menos modelos, meses")):
        answer = page.get("/insight/bone-age.svg", headers={"Accept-Language": language})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        root = ET.fromstring(answer.text)  # noqa: S314  our own
        drawn = [each.text or "" for name in ("title", "desc", "text") for each in root.iter(SVG + name)]
        assert words in drawn and root.get("role") == "img"
        if language == "es":
            assert english("\n".join(drawn)) == []


def test_a_room_without_such_films_has_no_such_section_or_plot(site):
    site.reader("eve", role="chief")
    with browser(site, "EVE".ljust(26, "0")) as eve:
        assert "Bone age" not in eve.get("/insight").text
        assert eve.get("/insight/bone-age.svg").status_code == 404

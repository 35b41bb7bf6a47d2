"""What an answer is worth."""

import json

import pytest

from tests.trials.drill.answers import Worth, judge
from tests.trials.drill.films import Truth

MODELS = {"classifier": "1.1.0"}
FILM = Truth("assessed", {"no_pathology": 0.9, "other_pathology": 0.1}, None, MODELS)
CAT = Truth("refused", None, "not_a_radiograph", MODELS)

RIGHT = {
    "outcome": "assessed",
    "classes": {"no_pathology": 0.9, "other_pathology": 0.1},
    "refusal": None,
    "models": MODELS,
}
REFUSED = {"outcome": "refused", "classes": None, "refusal": {"reason": "not_a_radiograph"}, "models": MODELS}


def worth(truth, status, body, retry_after=None):
    return judge(truth, status, retry_after, json.dumps(body).encode())[0]


def test_what_the_film_got_when_nothing_was_broken_is_right():
    assert worth(FILM, 200, RIGHT) is Worth.ANSWERED
    assert worth(CAT, 200, REFUSED) is Worth.ANSWERED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"classes": {"no_pathology": 0.7, "other_pathology": 0.3}}, id="other-classes"),
        pytest.param({"classes": {"no_pathology": 0.9}}, id="a-class-less"),
        pytest.param({"classes": None}, id="none"),
        pytest.param({"outcome": "refused"}, id="refused"),
        pytest.param({"models": {"classifier": "1.2.0"}}, id="another-model"),
        pytest.param({"refusal": {"reason": "inverted"}}, id="a-reason-to-refuse"),
    ],
)
def test_an_answer_that_differs_from_the_truth_is_wrong(change):
    assert worth(FILM, 200, RIGHT | change) is Worth.WRONG


def test_a_refused_film_that_looks_like_an_assessed_one_is_wrong():
    assert worth(CAT, 200, RIGHT) is Worth.WRONG
    assert worth(CAT, 200, REFUSED | {"classes": {"no_pathology": 0.9}}) is Worth.WRONG


def test_a_failed_study_with_classes_is_wrong():
    assert worth(FILM, 200, RIGHT | {"outcome": "failed"}) is Worth.WRONG
    assert worth(FILM, 503, RIGHT, retry_after="5") is Worth.WRONG


def test_an_answer_that_is_no_json_is_wrong():
    assert judge(FILM, 200, None, b"<html>")[0] is Worth.WRONG


@pytest.mark.parametrize("status", [429, 503])
def test_who_says_when_to_come_back_refuses_honestly_and_who_does_not_loses_the_film(status):
    assert worth(FILM, status, {"code": "overloaded"}, retry_after="5") is Worth.REFUSED
    assert worth(FILM, status, {"code": "overloaded"}) is Worth.LOST


@pytest.mark.parametrize("status", [500, 502, 504, 404])
def test_any_other_status_is_a_lost_film(status):
    assert judge(FILM, status, "5", b'{"code": "stage-timeout"}') == (Worth.LOST, f"{status} stage-timeout")


def test_a_failed_asynchronous_assessment_is_worth_what_its_problem_is():
    failed = {"outcome": "failed", "classes": None, "models": MODELS}

    assert worth(FILM, 200, failed | {"problem": {"status": 503, "code": "stage-unavailable"}}) is Worth.REFUSED
    assert worth(FILM, 200, failed | {"problem": {"status": 504, "code": "stage-timeout"}}) is Worth.LOST

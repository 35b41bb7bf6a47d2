"""What handlers and training of a problem with a number share, and how its answer travels."""

import numpy as np
import pytest

from cxr import number, wire
from cxr.wire import Estimate, Measurement

CONFIG = {
    "numbers": {"lowest": 0.0, "highest": 240.0, "count": 41},
    "groups": ["", "F", "M"],
    "interval": {"": 2.0, "F": 1.0, "M": 1.5},
    "gate": {"near": 0.0, "head": 1.0, "bias": 0.0, "threshold": 0.5},
}


def test_a_measurement_comes_out_of_the_wire_as_it_went_in():
    estimates = {"": Estimate(120.0, 96.0, 144.0), "F": Estimate(126.0, 108.0, 144.0)}
    heat = np.arange(6, dtype=np.float32).reshape(2, 3)
    sent = Measurement(estimates, {"F": heat}, 0.75, -0.5, "not_a_hand_radiograph")

    reply = wire.decode_reply("bone-age", wire.encode_answer(sent, "abc", 3.5))

    got = reply.answer
    assert isinstance(got, Measurement)
    assert (got.estimates, got.in_distribution, got.nearness, got.refusal) == (estimates, 0.75, -0.5, sent.refusal)
    assert np.array_equal(got.heatmaps["F"], heat)
    assert (reply.digest, reply.predict_ms) == ("abc", 3.5)


def test_each_group_has_its_own_number_and_interval_and_none_leaves_the_scale():
    chances = np.zeros((3, 41))
    chances[0, [19, 21]] = 0.5  # 114 and 126 months
    chances[1, 20] = 1.0
    chances[2, [0, 2]] = 0.5  # 0 and 12 months

    found = number.estimates(chances, CONFIG)

    assert found[""] == Estimate(pytest.approx(120), pytest.approx(108), pytest.approx(132))
    assert found["F"] == Estimate(pytest.approx(120), pytest.approx(120), pytest.approx(120))
    assert found["M"] == Estimate(pytest.approx(6), 0.0, pytest.approx(15))


def test_a_burned_in_letter_does_not_decide_about_a_films_contrast():
    film = np.full((100, 100), 120, np.uint8)
    film[:, 50:] = 140
    film[:3, :3] = 255

    stretched = number.stretched(film)

    assert (stretched[50, 10], stretched[50, 90]) == (0, 255)


def test_a_film_of_one_grey_stays_as_it_is():
    assert np.array_equal(number.stretched(np.full((8, 8), 77, np.uint8)), np.full((8, 8), 77))


def test_a_film_is_shown_with_its_mirror_image_and_their_mean_is_the_answer():
    films = np.random.default_rng(0).integers(0, 256, (2, 1, 8, 8)).astype(np.uint8)
    shown = number.both_ways(films)

    assert np.array_equal(shown[2:], shown[:2, ..., ::-1])
    logits = np.log(np.array([[[0.8, 0.2]], [[0.5, 0.5]], [[0.4, 0.6]], [[0.1, 0.9]]], np.float32))
    assert number.agreed(logits) == pytest.approx(np.array([[[0.6, 0.4]], [[0.3, 0.7]]]), abs=1e-6)


def test_heat_is_where_a_film_votes_for_its_answer_more_than_for_other_numbers():
    maps = np.zeros((2, 2, 2), np.float32)
    maps[1, 0, 0] = 4.0
    maps[0, 1, 1] = 4.0

    assert np.array_equal(number.heat(np.array([0.0, 1.0]), maps), [[2.0, 0.0], [0.0, 0.0]])

"""How urgent a film is, by what the models say of it."""

import pytest

from review.urgency import ABNORMAL, WEIGHTS, abnormal, urgency


def classes(interstitial: float, other: float) -> dict[str, float]:
    """All three, with what is left for no pathology."""
    said = {"interstitial_pneumonia": interstitial, "other_pathology": other}
    return said | {"no_pathology": 1 - interstitial - other}


def test_any_pathology_makes_a_film_urgent_not_interstitial_pneumonia_alone():
    tuberculosis, normal = classes(0.02, 0.95), classes(0.05, 0.05)

    assert urgency(tuberculosis, {}) == pytest.approx(ABNORMAL * 0.97)
    assert urgency(tuberculosis, {}) > urgency(normal, {}) == pytest.approx(ABNORMAL * 0.1)


def test_a_probable_finding_that_cannot_wait_comes_before_a_certain_one_that_can():
    pneumothorax = urgency(classes(0.05, 0.8), {"Pneumothorax": 0.85})

    assert pneumothorax == 0.85
    assert pneumothorax > urgency(classes(0.0, 1.0), {"Nodule": 0.99})


def test_every_weight_is_more_than_that_of_any_other_pathology_and_none_exceeds_one():
    assert all(ABNORMAL < weight <= 1 for weight in WEIGHTS.values())


def test_a_film_without_an_answer_and_models_without_a_class_for_none_have_no_urgency():
    assert urgency(None, None) == urgency({}, {"Pneumothorax": 0.9}) == 0.0
    assert urgency({"covid": 0.9}, None) == abnormal({"covid": 0.9}) == 0.0

"""What training and exports say of a list of films."""

import pytest

from vocabulary.films import TRAIN, VAL, split


def test_a_patient_is_in_the_same_split_as_when_the_shipped_weights_were_trained():
    told = {"nih-1": "train", "nih-13": "test", "montgomery-1": "val", "review-0000000000000000": "train"}

    assert {patient: split(patient) for patient in told} == told


def test_splits_have_their_shares():
    names = [split(f"patient {number}") for number in range(4000)]

    assert names.count("train") / 4000 == pytest.approx(TRAIN, abs=0.03)
    assert names.count("val") / 4000 == pytest.approx(VAL, abs=0.02)

"""What is left out is left out."""

import numpy as np
import pandas as pd

from tests.unit.training.sighted import examples, index, sights
from training import strangers
from training.heads import fit_opinion
from training.judged import SYNTHETIC, Judged, kinds_of
from training.strangers import Study, fold, scores

FILMS = index(
    ("cxr", "train", "a"), ("photo", "train", ""), ("photo-32px", "train", ""), ("ct", "train", ""),
    ("cxr", "val", "b"), ("ct", "val", ""), ("photo", "val", ""), ("cxr", "test", "c"), ("photo", "test", ""),
)  # fmt: skip
SHOWN = examples({0: 0.0, 1: 3.0, 2: 3.0, 3: -3.0}, {0})


def study() -> Study:
    about = pd.DataFrame({"row": [4, 5, 6, 7, 8, -1, -1], "turns": 0, "inverted": False})
    features = np.random.default_rng(1).normal(0, 1, (7, 12)).astype(np.float32)
    features[[1, 2, 4]] += np.array([[-3], [3], [3]], np.float32)
    judged = Judged.of(FILMS, sights(features, about))
    return Study(judged, SHOWN, kinds_of(FILMS, SHOWN), fit_opinion(SHOWN))


def test_a_kind_is_left_out_with_its_kin(monkeypatch) -> None:
    shown: list[set[str]] = []

    def spy(given, *arguments):
        shown.append(set(FILMS.rows["kind"].iloc[given.about["row"]]))
        return fit_opinion(given, *arguments)

    monkeypatch.setattr(strangers, "fit_opinion", spy)

    scores(study(), "photo")

    assert shown == [{"cxr", "ct"}] * 2


def test_every_method_scores_every_image() -> None:
    found = scores(study(), "")

    assert set(found) == set(strangers.METHODS)
    assert all(score.shape == (7,) and np.isfinite(score).all() for score in found.values())


def test_synthetic_images_are_their_own_patients_in_both_splits() -> None:
    judged = study().judged

    invented = judged.rows[judged.rows["kind"] == SYNTHETIC]
    assert set(invented["split"]) == {"val", "test"} and invented["patient_id"].nunique() == 2
    assert judged.others.tolist() == [False, True, True, False, True, True, True]


def test_a_patient_is_in_one_fold_and_laterals_are_dealt_evenly() -> None:
    patients = np.array([f"p{number % 40}" for number in range(200)])
    laterals = np.arange(200) < 10

    folds = fold(patients, laterals)

    assert all(len(set(folds[patients == patient])) == 1 for patient in set(patients))
    assert np.bincount(folds[laterals], minlength=5).tolist() == [2, 2, 2, 2, 2]

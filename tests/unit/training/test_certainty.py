"""How often the truth is among the possible classes, by arithmetic; and what can be told of groups and findings."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training import certainty, groups
from training.findings import TRAINED_FINDINGS, UNKNOWN
from training.reported import scales, strata, within


class Films(SimpleNamespace):
    """What the figures look at of Chests."""

    def __len__(self) -> int:
        return len(self.rows)


def films(classes: list[int], **columns: Any) -> Any:
    """Films of one source, each of another patient."""
    patients = [str(at) for at in range(len(classes))]
    rows = pd.DataFrame({"dataset": "siim", "view": "", "patient_id": patients, **columns})
    return Films(rows=rows, classes=np.array(classes))


def test_possible_classes_are_counted() -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.5, 0.45, 0.05], [0.2, 0.2, 0.6], [0.34, 0.33, 0.33]] * 10)
    truth = [0, 1, 0, 2] * 10
    points = {"interstitial_pneumonia": 0.5, "other_pathology": 0.4, "no_pathology": 0.5}

    told = {(each.what, each.data): each.value for each in certainty.figures(films(truth), probabilities, points)}

    for data in ("all", "siim"):
        assert told["the true class is possible", data] == pytest.approx(0.5)  # the first two of four
        assert told["exactly one class is possible", data] == pytest.approx(0.5)  # the first and the third
        assert told["right where exactly one class is possible", data] == pytest.approx(0.5)  # the first


def test_within_a_source_the_third_class_says_nothing_of_the_other_two() -> None:
    classes = [0, 2] * 20
    logits = np.array([[1.0, 9.0, 0.0], [0.0, -9.0, 1.0]] * 20)

    told = {each.what: each.value for each in groups.figures(films(classes), logits, np.full((40, 3), 1 / 3))}

    assert told["AUROC, typical COVID-19 against negative for pneumonia"] == 1.0
    assert "AUROC, atypical against negative for pneumonia" not in told, "no film of it is here"


def test_groups_are_of_sources_that_tell_sex_and_age() -> None:
    rows = pd.DataFrame(
        {
            "dataset": ["nih", "chexpert", "siim"],
            "view": ["PA", "AP", ""],
            "sex": ["F", "M", "F"],
            "age": ["39", "65", ""],
            "devices": ["", "yes", ""],
        }
    )

    found = {label: part.tolist() for label, part in groups.groups(rows)}

    assert found["women"] == [True, False, False]
    assert found["under 40 years"] == [True, False, False]
    assert found["65 years and more"] == [False, True, False]
    assert found["with support devices"] == [False, True, False]


def test_a_source_that_tells_a_finding_gains_nothing() -> None:
    truth, scores = np.array([1, 1, 1, 0, 0, 0, 1]), np.array([9.0, 8.0, 7.0, 3.0, 2.0, 1.0, 1.5])
    one, other = "a", "b"

    assert within(truth, scores, np.array([one] * 3 + [other] * 4)) == pytest.approx(1 / 3)  # 1.5 is above one of three
    assert np.isnan(within(truth[:3], scores[:3], np.array([one] * 3)))
    rows = pd.DataFrame({"dataset": ["nih", "nih", "siim"], "view": ["AP", "PA", "AP"]})
    assert strata(rows).tolist() == ["nih AP", "nih PA", "siim "]


def test_a_finding_that_was_never_told_from_another_pathology_is_not_reported() -> None:
    random = np.random.default_rng(0)
    present = np.arange(80) % 2
    truths = np.full((80, len(TRAINED_FINDINGS)), UNKNOWN)
    truths[:, 0] = truths[:, 1] = present
    logits = random.normal(0, 0.1, truths.shape) + 4 * present[:, None]
    classes = np.where(present, "other_pathology", "no_pathology")
    rows = pd.DataFrame(
        {"dataset": "siim", "view": "", "patient_id": np.arange(80).astype(str), "three_class": classes}
    )
    learned_here = np.arange(80) < 40

    assert scales(logits, truths, learned_here, rows) == {}

    rows.loc[(rows.index % 4 == 0), "three_class"] = "other_pathology"
    assert set(scales(logits, truths, learned_here, rows)) == set(TRAINED_FINDINGS[:2])

"""Figures, their intervals, and the card."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.figures import BEGIN, END, Figure, read_figures, share, write_figures
from training.statistics import area_under_curve, bootstrap, calibration_error, operating_point, wilson


def test_wilson_interval_is_the_textbooks() -> None:
    low, high = wilson(4, 4)

    assert (low, high) == (pytest.approx(0.5101, abs=1e-4), 1.0)


def test_films_of_one_patient_count_as_one() -> None:
    values = np.repeat([0.0, 1.0], 50)

    low, high = bootstrap(lambda part: float(values[part].mean()), np.repeat(["a", "b"], 50).astype(object), 200)

    assert (low, high) == (0.0, 1.0)


@pytest.mark.parametrize("count", [7, 10, 212, 295, 330])
def test_operating_point_is_the_highest_that_finds_the_share(count: int) -> None:
    scores = np.random.default_rng(count).random(count)

    point = operating_point(scores, 0.9)

    assert (scores >= point).mean() >= 0.9
    assert (scores >= point + 1e-4).mean() < 0.9


def test_macro_auroc_of_a_perfect_and_a_blind_guess() -> None:
    truth = np.array([0, 1, 2, 0, 1, 2])

    assert area_under_curve(truth, np.eye(3)[truth]) == 1.0
    assert area_under_curve(truth, np.ones((6, 3))) == 0.5


def test_macro_auroc_is_the_librarys() -> None:
    random = np.random.default_rng(0)
    truth, scores = random.integers(0, 3, 200), random.random((200, 3)).round(1)

    expected = np.mean([roc_auc_score(truth == index, scores[:, index]) for index in range(3)])

    assert area_under_curve(truth, scores) == pytest.approx(expected)


def test_certain_and_right_is_calibrated() -> None:
    truth = np.array([0, 1, 2])

    assert calibration_error(truth, np.eye(3)[truth]) == 0.0


def test_cards_table_is_replaced_and_its_text_kept(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    write_figures(tmp_path, {}, [share("refused", "ood", np.array([True, True]))])

    assert card.read_text().startswith("before\n") and card.read_text().endswith("\nafter\n")
    assert "old" not in card.read_text() and "| refused | ood | 2 | 1.000 |" in card.read_text()


def test_a_card_that_is_written_anew_from_the_metrics_says_the_same_digits(tmp_path: Path) -> None:
    """0.81446 is 0.8145 in metrics.json: a card with three digits of the one says 0.814, of the other 0.815."""
    card = tmp_path / "card.md"
    card.write_text(f"{BEGIN}\n{END}")
    write_figures(tmp_path, {"stage": "classifier"}, [Figure("macro AUROC", "nih", 235, 0.81446, (0.73846, 0.87666))])
    first = card.read_text()

    write_figures(tmp_path, *read_figures(tmp_path))

    assert card.read_text() == first and "| 0.815 |" in first
    assert read_figures(tmp_path)[0] == {"stage": "classifier"}


def test_interval_of_a_calibration_error_is_around_it() -> None:
    """Of 60 films that are right as often as the network thinks, a draw's error is larger than the whole's."""
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([1, 1, 1], 60)
    truth = np.array([random.choice(3, p=each) for each in probabilities])
    patients = np.arange(60).astype(object)

    def error(part: np.ndarray) -> float:
        return calibration_error(truth[part], probabilities[part])

    value = error(np.arange(60))
    low, high = bootstrap(error, patients, 300, biased=True)

    assert low <= value <= high
    assert high - low < 0.3

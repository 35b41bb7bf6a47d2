"""Ways to teach the last layer that were tried: what their figures rest on."""

import numpy as np
import pytest

from learning.head import Head, Lesson, probabilities, teach
from tests.trials.learn.choosing import ENDLESS, FOLDS, Labelled, Rule, chosen, folds
from tests.trials.learn.held import Held
from training.statistics import area_under_curve

WIDTH, CLASSES = 12, 3


def films(count: int, seed: int, direction: int) -> Labelled:
    """Films whose classes lie along some features: the base films' along others than the hospital's."""
    random = np.random.default_rng(seed)
    classes = random.integers(CLASSES, size=count)
    features = random.normal(size=(count, WIDTH))
    features[np.arange(count), direction + classes] += 2.0
    return Labelled(features, np.eye(CLASSES)[classes], np.ones(count), np.arange(count))


def auroc(head: Head, lesson: Lesson) -> float:
    return area_under_curve(lesson.targets.argmax(axis=1), head.logits(lesson.features))


@pytest.fixture(scope="module")
def base() -> Labelled:
    return films(1000, 1, 0)


@pytest.fixture(scope="module")
def served(base: Labelled) -> Head:
    """Knows the base films, and nothing of the hospital's."""
    return teach(Head(np.zeros((CLASSES, WIDTH)), np.zeros(CLASSES)), base, base, 1.0, anchor=1.0, replay=0.0)


@pytest.mark.parametrize("rule", [Rule(labels=True, errors=0.0), Rule(labels=False, errors=1.0)])
def test_a_planted_shift_is_learned_and_chosen_the_same_each_time(served: Head, base: Labelled, rule: Rule) -> None:
    (first, anchor), (again, _) = (chosen(served, films(200, 2, 6), base, films(400, 7, 0), rule) for _ in range(2))
    assert anchor < ENDLESS
    assert auroc(served, films(800, 3, 6)) < 0.6 < 0.7 < auroc(first, films(800, 3, 6))
    assert np.array_equal(first.weight, again.weight)
    assert np.array_equal(first.bias, again.bias)


def test_where_the_served_layer_is_right_no_weight_moves_past_another(served: Head, base: Labelled) -> None:
    head, anchor = chosen(served, films(200, 10, 0), base, films(400, 7, 0), Rule(labels=False, errors=1.0))
    assert anchor == ENDLESS
    assert np.allclose(head.weight / head.weight[0, 0], served.weight / served.weight[0, 0])


def test_no_patient_is_in_two_folds_and_each_fold_has_every_class() -> None:
    lesson = films(120, 5, 0)
    lesson = Labelled(lesson.features, lesson.targets, lesson.weight, np.arange(120) % 60)
    fold = folds(lesson)
    assert len(set(zip(lesson.patients.tolist(), fold.tolist(), strict=True))) == 60
    for number in range(FOLDS):
        assert (lesson.targets[fold == number].sum(axis=0) > 0).all()


def test_what_base_films_do_not_depend_on_is_free_to_learn(served: Head) -> None:
    known, lesson = films(1000, 1, 0), films(200, 2, 6)
    known.features[:, 7] = known.features[:, 6]  # which differ at the hospital alone, where that tells the classes
    lesson.features[:, :6] = 0.0

    free = Held.by(served, known).stepped(served, lesson, anchor=10.0, replay=1e6, labels=False)

    moved = (free.weight - served.weight) @ known.features.T
    assert (moved - moved.mean(axis=0)).std(axis=1).max() < 0.05
    assert np.abs((free.weight - served.weight)[:, [6, 7]]).max() > 0.3
    assert auroc(free, lesson) > auroc(served, lesson) + 0.05


def test_another_share_of_the_classes_is_no_forgetting(served: Head, base: Labelled) -> None:
    lesson = films(300, 2, 0)
    mostly = lesson[(lesson.targets[:, 0] == 1) | (np.arange(300) % 10 == 0)]
    taught = Held.by(served, base).stepped(served, mostly, anchor=1e6, replay=1e6, labels=False)
    before, after = (probabilities(head, mostly.features, 1.0)[:, 0].mean() for head in (served, taught))
    assert after == pytest.approx(mostly.targets[:, 0].mean(), abs=0.02)
    assert after > before + 0.05
    assert np.allclose(taught.weight, served.weight, atol=1e-2)


def test_base_films_that_ask_for_their_labels_pull_the_layer_to_them(base: Labelled) -> None:
    """A layer that knows nothing of them learns them, though the hospital's films tell nothing."""
    blank = Head(np.zeros((CLASSES, WIDTH)), np.zeros(CLASSES))
    silent = Labelled(np.zeros((50, WIDTH)), np.full((50, CLASSES), 1 / 3), np.ones(50), np.arange(50))
    held = Held.by(blank, base)
    kept, pulled = (held.stepped(blank, silent, anchor=10.0, replay=1.0, labels=labels) for labels in (False, True))
    assert np.allclose(kept.weight, 0.0, atol=1e-6)
    assert auroc(pulled, films(400, 4, 0)) > 0.9

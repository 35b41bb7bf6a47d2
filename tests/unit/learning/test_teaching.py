"""A new last layer: what it learns, what it keeps, and that it is the same each time."""

import numpy as np
import pytest

from learning.head import Head, Lesson, probabilities
from learning.teaching import BIAS_ANCHOR, HOLDS, Held, remembering
from training.statistics import area_under_curve

WIDTH, CLASSES = 12, 3


def films(count: int, seed: int, direction: int) -> Lesson:
    """Films whose classes lie along some features: the base films' along others than the hospital's."""
    random = np.random.default_rng(seed)
    classes = random.integers(CLASSES, size=count)
    features = random.normal(size=(count, WIDTH))
    features[np.arange(count), direction + classes] += 2.0
    return Lesson.known(features, classes, CLASSES)


def auroc(head: Head, lesson: Lesson) -> float:
    return area_under_curve(lesson.targets.argmax(axis=1), head.logits(lesson.features))


@pytest.fixture(scope="module")
def base() -> Lesson:
    return films(2000, 1, 0)


@pytest.fixture(scope="module")
def served(base: Lesson) -> Head:
    """Knows the base films, and nothing of the hospital's."""
    return Held.by(Head(np.zeros((CLASSES, WIDTH)), np.zeros(CLASSES)), base).taught(base, anchor=1.0, hold=0.0)


def test_it_learns_the_hospital_s_films_and_forgets_none_of_the_base_films(served: Head, base: Lesson) -> None:
    others, known, unseen = films(800, 7, 0), films(800, 4, 0), films(800, 3, 6)
    taught, _ = remembering(served, films(200, 2, 6), base, others, 1.0)
    assert auroc(served, unseen) == pytest.approx(0.5, abs=0.05)
    assert auroc(taught, unseen) > 0.6
    assert auroc(taught, known) > auroc(served, known) - 0.01


def test_base_films_weigh_as_much_as_it_takes_for_none_to_be_forgotten(served: Head, base: Lesson) -> None:
    """At one hospital the base films' features tell other classes than they do there."""
    lesson, others, known = films(400, 2, 0), films(800, 7, 0), films(800, 4, 0)
    turned = Lesson(lesson.features, lesson.targets[:, [1, 2, 0]], lesson.weight)
    assert remembering(served, turned, base, others, 1.0)[1] == HOLDS[-1]
    assert remembering(served, lesson, base, others, 1.0)[1] == HOLDS[0]
    forgetful = Held.by(served, base).taught(turned, anchor=3.0, hold=0.0)
    assert auroc(forgetful, known) < auroc(served, known) - 0.2


def test_the_same_lesson_gives_the_same_layer(served: Head, base: Lesson) -> None:
    (first, _), (again, _) = (remembering(served, films(100, 2, 6), base, films(400, 7, 0), 1.0) for _ in range(2))
    assert np.array_equal(first.weight, again.weight)
    assert np.array_equal(first.bias, again.bias)


def test_an_endless_anchor_leaves_the_weights_as_they_are(served: Head, base: Lesson) -> None:
    held = Held.by(served, base).taught(films(100, 2, 6), anchor=1e9, hold=1.0)
    assert np.allclose(held.weight, served.weight, atol=1e-3)


def test_a_temperature_is_that_of_the_answers(served: Head, base: Lesson) -> None:
    hot = Head(served.weight * 3, served.bias * 3)
    lesson, others, unseen = films(200, 2, 6), films(400, 7, 0), films(500, 3, 6)
    (plain, _), (scaled, _) = (remembering(head, lesson, base, others, t) for head, t in ((served, 1.0), (hot, 3.0)))
    told = probabilities(plain, unseen.features, 1.0), probabilities(scaled, unseen.features, 3.0)
    assert np.allclose(*told, atol=1e-3)


def test_what_base_films_do_not_depend_on_is_free_to_learn(served: Head) -> None:
    known, lesson = films(1000, 1, 0), films(200, 2, 6)
    known.features[:, 7] = known.features[:, 6]  # which differ at the hospital alone, where that tells the classes
    lesson.features[:, :6] = 0.0

    free = Held.by(served, known).taught(lesson, anchor=10.0, hold=1e6)

    moved = (free.weight - served.weight) @ known.features.T
    assert (moved - moved.mean(axis=0)).std(axis=1).max() < 0.05
    assert np.abs((free.weight - served.weight)[:, [6, 7]]).max() > 0.3
    assert auroc(free, lesson) > auroc(served, lesson) + 0.05


def test_another_share_of_the_classes_is_no_forgetting_and_moves_the_biases_as_far_as_their_anchor_lets_them(
    served: Head, base: Lesson
) -> None:
    lesson = films(300, 2, 0)
    mostly = lesson[(lesson.targets[:, 0] == 1) | (np.arange(300) % 10 == 0)]
    taught = Held.by(served, base).taught(mostly, anchor=1e6, hold=1e6)
    before, after = (probabilities(head, mostly.features, 1.0).sum(axis=0) for head in (served, taught))
    shown = mostly.targets.sum(axis=0)
    assert before[0] + 5 < after[0] < shown[0]
    assert np.allclose(after - shown, -BIAS_ANCHOR * (taught.bias - served.bias), atol=0.5)
    assert np.allclose(taught.weight, served.weight, atol=1e-2)


def test_a_class_that_a_hospital_lacks_is_still_found_among_base_films(served: Head, base: Lesson) -> None:
    lesson, known = films(400, 2, 0), films(800, 4, 0)
    without = lesson[lesson.targets[:, 2] == 0]
    taught, _ = remembering(served, without, base, films(800, 7, 0), 1.0)
    third = known[known.targets[:, 2] == 1]
    found = [(head.logits(third.features).argmax(axis=1) == 2).mean() for head in (served, taught)]
    assert found[0] > 0.8
    assert found[1] > 0.6

"""The last layer: what it learns, what it keeps, and that it is the same each time."""

import numpy as np
import pytest

from learning import comparing
from learning.head import Head, Lesson, calibrate, probabilities, remembering, teach
from learning.readers import Said, targets
from training.statistics import area_under_curve

WIDTH, CLASSES = 12, 3


def films(count: int, seed: int, direction: int, strength: float = 2.0) -> Lesson:
    """Films whose classes lie along some features: the base films' along others than the hospital's."""
    random = np.random.default_rng(seed)
    classes = random.integers(CLASSES, size=count)
    features = random.normal(size=(count, WIDTH))
    features[np.arange(count), direction + classes] += strength
    return Lesson(features, np.eye(CLASSES)[classes], np.ones(count))


def log_loss(head: Head, lesson: Lesson, temperature: float) -> float:
    told = probabilities(head, lesson.features, temperature)
    return float(comparing.log_loss(lesson.targets.argmax(axis=1), told, lesson.weight[None])[0])


def auroc(head: Head, lesson: Lesson) -> float:
    return area_under_curve(lesson.targets.argmax(axis=1), head.logits(lesson.features))


@pytest.fixture(scope="module")
def base() -> Lesson:
    return films(2000, 1, 0)


@pytest.fixture(scope="module")
def served(base: Lesson) -> Head:
    """Knows the base films, and nothing of the hospital's."""
    blank = Head(np.zeros((CLASSES, WIDTH)), np.zeros(CLASSES))
    return teach(blank, base, base, 1.0, anchor=1.0, replay=0.0)


def test_it_learns_the_hospital_s_films_and_keeps_the_base_films(served: Head, base: Lesson) -> None:
    lesson, unseen, known = films(200, 2, 6), films(800, 3, 6), films(800, 4, 0)
    taught = teach(served, lesson, base, 1.0, replay=3.0)
    assert auroc(served, unseen) == pytest.approx(0.5, abs=0.05)
    assert auroc(taught, unseen) > 0.7
    assert auroc(taught, known) > auroc(served, known) - 0.02


def test_base_films_weigh_as_much_as_it_takes_for_none_to_be_forgotten(served: Head, base: Lesson) -> None:
    others, known, lesson = films(800, 7, 0), films(800, 4, 0), films(200, 2, 6)
    taught, replay = remembering(served, lesson, base, others, 1.0)
    assert replay == 10.0
    assert auroc(taught, known) > auroc(served, known) - 0.01
    assert auroc(taught, films(800, 3, 6)) > 0.6
    assert remembering(served, films(200, 8, 0), base, others, 1.0)[1] == 1.0


def test_without_replay_it_forgets(served: Head, base: Lesson) -> None:
    lesson, known = films(200, 2, 6), films(800, 4, 0)
    forgetful = teach(served, lesson, base, 1.0, anchor=0.1, replay=0.0)
    assert auroc(forgetful, known) < auroc(served, known) - 0.03


def test_the_same_lesson_gives_the_same_layer(served: Head, base: Lesson) -> None:
    first, again = (teach(served, films(100, 2, 6), base, 1.0) for _ in range(2))
    assert np.array_equal(first.weight, again.weight)
    assert np.array_equal(first.bias, again.bias)


def test_an_endless_anchor_leaves_the_weights_as_they_are(served: Head, base: Lesson) -> None:
    held = teach(served, films(100, 2, 6), base, 1.0, anchor=1e9)
    assert np.allclose(held.weight, served.weight, atol=1e-3)


def test_calibration_mends_overconfidence_and_moves_no_film_past_another(served: Head) -> None:
    known = films(400, 5, 0)
    loud = served.calibrated(4.0, np.zeros(CLASSES))
    mended = calibrate(loud, known, 1.0)
    assert log_loss(mended, known, 1.0) < log_loss(loud, known, 1.0) - 0.2
    differences = (
        mended.logits(known.features)
        - mended.bias
        - (loud.logits(known.features) - loud.bias) * (mended.weight[0, 0] / loud.weight[0, 0])
    )
    assert np.allclose(differences, 0, atol=1e-6)


def test_readers_who_confirm_a_sure_answer_do_not_teach_doubt(served: Head) -> None:
    known, others = films(200, 5, 0, strength=8.0), films(400, 6, 0, strength=8.0)
    labels = known.targets.argmax(axis=1)
    said = [Said(film, f"reader {film % 3}", int(label), blind=True) for film, label in enumerate(labels)]
    confirmed = calibrate(served, Lesson(known.features, targets(said, 200), known.weight), 1.0)
    assert (served.logits(others.features).argmax(axis=1) == others.targets.argmax(axis=1)).mean() > 0.99
    assert log_loss(confirmed, others, 1.0) <= log_loss(served, others, 1.0)


def test_five_labels_hardly_move_the_calibration(served: Head) -> None:
    few = films(5, 6, 0)
    calibrated = calibrate(served, few, 1.0)
    before, after = (probabilities(head, few.features, 1.0) for head in (served, calibrated))
    assert np.abs(before - after).max() < 0.1


def test_a_temperature_is_that_of_the_answers(served: Head, base: Lesson) -> None:
    hot = Head(served.weight * 3, served.bias * 3)
    lesson, unseen = films(200, 2, 6), films(500, 3, 6)
    plain, scaled = teach(served, lesson, base, 1.0, anchor=1e-3), teach(hot, lesson, base, 3.0, anchor=1e-3 / 9)
    assert np.allclose(
        probabilities(plain, unseen.features, 1.0), probabilities(scaled, unseen.features, 3.0), atol=0.02
    )

"""The calibration of few labels: what it mends, and what it leaves as it is."""

import numpy as np
import pytest

from learning import comparing
from learning.calibration import calibrate
from learning.head import Head, Lesson, probabilities
from learning.readers import Said, targets
from learning.teaching import Held

WIDTH, CLASSES = 12, 3


def films(count: int, seed: int, strength: float = 2.0) -> Lesson:
    """Films whose class is told by one feature each."""
    random = np.random.default_rng(seed)
    classes = random.integers(CLASSES, size=count)
    features = random.normal(size=(count, WIDTH))
    features[np.arange(count), classes] += strength
    return Lesson.known(features, classes, CLASSES)


def log_loss(head: Head, lesson: Lesson) -> float:
    told = probabilities(head, lesson.features, 1.0)
    return float(comparing.log_loss(lesson.targets.argmax(axis=1), told, lesson.weight[None])[0])


@pytest.fixture(scope="module")
def served() -> Head:
    blank, known = Head(np.zeros((CLASSES, WIDTH)), np.zeros(CLASSES)), films(2000, 1)
    return Held.by(blank, known).taught(known, anchor=1.0, hold=0.0)


def test_calibration_mends_overconfidence_and_moves_no_film_past_another(served: Head) -> None:
    known = films(400, 5)
    loud = served.calibrated(4.0, np.zeros(CLASSES))
    mended = calibrate(loud, known, 1.0)
    assert log_loss(mended, known) < log_loss(loud, known) - 0.2
    scale = mended.weight[0, 0] / loud.weight[0, 0]
    differences = mended.logits(known.features) - mended.bias - (loud.logits(known.features) - loud.bias) * scale
    assert np.allclose(differences, 0, atol=1e-6)


def test_readers_who_confirm_a_sure_answer_do_not_teach_doubt(served: Head) -> None:
    known, others = films(200, 5, strength=8.0), films(400, 6, strength=8.0)
    labels = known.targets.argmax(axis=1)
    said = [Said(film, f"reader {film % 3}", int(label), blind=True) for film, label in enumerate(labels)]
    lesson = Lesson(known.features, targets(said, 200), known.weight)
    confirmed = calibrate(served, lesson, 1.0)
    assert (served.logits(others.features).argmax(axis=1) == others.targets.argmax(axis=1)).mean() > 0.99
    assert log_loss(confirmed, others) <= log_loss(served, others)


def test_five_labels_hardly_move_the_calibration(served: Head) -> None:
    few = films(5, 6)
    calibrated = calibrate(served, few, 1.0)
    before, after = (probabilities(head, few.features, 1.0) for head in (served, calibrated))
    assert np.abs(before - after).max() < 0.1

"""What may happen to a film in training."""

import numpy as np
import pytest

from cxr.geometry import Square
from training import augment
from training.films import Films
from training.gallery import UNKNOWN, Gallery


@pytest.mark.parametrize("change", [augment.expose, augment.degrade, augment.collimate, augment.annotate])
def test_changed_film_keeps_shape_and_type(change) -> None:
    film = np.full((128, 128), 90, np.uint8)

    for seed in range(20):
        changed = change(film, np.random.default_rng(seed))
        assert (changed.shape, changed.dtype) == (film.shape, film.dtype)
    assert (film == 90).all()


def test_jittered_square_stays_near() -> None:
    for seed in range(50):
        square = augment.jitter(Square(0, 0, 100), np.random.default_rng(seed), 0.1, 0.25)
        assert 80 <= square.side <= 125
        assert abs(square.row + square.side / 2 - 50) <= 12


def test_what_is_no_chest_film_tells_nothing_about_views(films: Films) -> None:
    gallery, random = Gallery(films, 64, "train"), np.random.default_rng(0)

    examples = [gallery.draw(random) for _ in range(80)]

    others = [example for example in examples if not example.chest]
    assert others and len(others) < len(examples)
    assert all(example.frontal == example.positive == UNKNOWN and not any(example.turns) for example in others)
    assert all(example.chest == 1 and example.turns[0] == 1 for example in examples if example.plain)
    assert any(example.plain for example in examples)

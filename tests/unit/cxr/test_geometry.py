import numpy as np
import pytest

from cxr.geometry import Box, Square, paste, sample


def test_whole_square_holds_the_film_in_its_middle():
    assert Square.whole((100, 60)) == Square(0, -20, 100)


def test_sample_keeps_the_aspect_ratio_and_pads_black():
    film = np.full((100, 50), 200, np.uint8)

    square = sample(film, Square.whole(film.shape), 50)

    assert square[:, :12].max() == 0
    assert square[:, 13:37].min() == 200
    assert square[:, 38:].max() == 0


def test_sample_inside_the_film_is_a_plain_crop():
    film = np.arange(100, dtype=np.uint8).reshape(10, 10)

    assert np.array_equal(sample(film, Square(2, 3, 4), 4), film[2:6, 3:7])


@pytest.mark.parametrize("shape", [(120, 80), (80, 120), (100, 100), (301, 97)])
def test_paste_puts_a_sampled_film_back_where_it_was(shape):
    rows, columns = np.indices(shape)
    film = (128 + 60 * np.sin(rows / 20) + 60 * np.cos(columns / 15)).astype(np.uint8)
    whole = Square.whole(shape)

    back = paste(sample(film, whole, 64), whole, shape)

    inner = (slice(8, -8), slice(8, -8))
    assert np.abs(back[inner].astype(int) - film[inner]).mean() < 6


def test_paste_leaves_the_film_outside_the_square_black():
    pasted = paste(np.ones((2, 2), np.float32), Square(-5, 5, 10), (20, 20))

    assert pasted[:5, 5:15].min() == 1
    assert pasted.sum() == 50


def test_box_on_film_is_cut_to_the_film():
    box = Box(0, 0, 64, 64).on_film(Square.whole((100, 50)), 64, (100, 50))

    assert box == Box(0, 0, 100, 50)


def test_the_film_lies_in_the_middle_of_the_grid_over_its_whole_square():
    assert Square.whole((100, 50)).film((100, 50), 64) == Box(0, 16, 64, 32)


def test_square_on_film_scales_with_the_grid():
    assert Square(16, 16, 32).on_film(Square(0, -20, 100), 64) == Square(25, 5, 50)


def test_square_around_a_box_shares_its_centre():
    assert Square.around(Box(10, 20, 40, 20), margin=0.1) == Square(6, 6, 48)

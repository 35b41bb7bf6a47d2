"""Pictures with a page around the film, and small ones."""

import numpy as np
import pytest

from cxr.errors import UnusableRadiographError
from imaging.doubts import LEAST_DETAIL
from imaging.file import File
from imaging.picture import read_picture
from tests import films

LIMIT = 1_000_000
FILM = (films.pixels(240, 224) * 0.9).astype(np.uint8)


def page(film, grey, rows=300, columns=320):
    around = np.full((rows, columns), grey, np.uint8)
    around[20 : 20 + film.shape[0], 30 : 30 + film.shape[1]] = film
    return around


def test_a_white_page_is_cut_away_and_that_is_said():
    film = read_picture(films.png(page(FILM, 255)), LIMIT)

    assert np.array_equal(film.pixels, FILM)
    assert film.display == "as stored, page cut away"


def test_a_page_that_a_camera_or_jpeg_made_uneven_is_cut_away():
    random = np.random.default_rng(0)
    noisy = np.where(page(FILM, 255) == 255, random.integers(249, 256, (300, 320)), page(FILM, 255)).astype(np.uint8)

    assert read_picture(films.jpeg(noisy), LIMIT).shape[0] <= 246


@pytest.mark.parametrize("grey", [0, 128, 200])
def test_an_edge_that_is_not_white_stays(grey):
    film = read_picture(films.png(page(FILM, grey)), LIMIT)

    assert film.shape == (300, 320)
    assert film.display == "as stored"


def test_a_white_line_at_an_edge_is_the_film_s_own():
    edged = FILM.copy()
    edged[-3:] = 255

    assert read_picture(films.png(edged), LIMIT).shape == FILM.shape


def test_a_film_with_a_page_around_it_in_a_dicom_file_keeps_its_geometry():
    stored = (page(FILM, 255).astype(np.uint16)) * 16

    assert File(films.dicom(stored), "application/dicom").read(LIMIT)[0].shape == (300, 320)


@pytest.mark.parametrize(("side", "codes"), [(LEAST_DETAIL, []), (LEAST_DETAIL - 1, ["low_resolution"])])
def test_a_preview_is_assessed_with_a_caution(side, codes):
    film, _ = File(films.png(films.pixels(300, side).astype(np.uint8)), "image/png").read(LIMIT)

    assert [doubt.code for doubt in film.doubts] == codes


@pytest.mark.parametrize("shape", [(63, 200), (200, 63)])
def test_a_thumbnail_is_refused(shape):
    with pytest.raises(UnusableRadiographError, match="at least 64 a side"):
        read_picture(films.png(films.pixels(*shape).astype(np.uint8)), LIMIT)

"""Films' pictures on the disk, and what is drawn for the page."""

import cv2
import numpy as np
import pytest

from review.errors import GatewayError, NotFoundError
from review.pictures import Drawn, Pictures, coloured, contours, decode


def png(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_heat_map_is_small_coloured_and_transparent_where_it_is_cold():
    heat = np.zeros((2000, 1000), np.uint8)
    heat[:1000] = 255

    rgba = decoded(coloured(heat))

    assert rgba.shape == (512, 256, 4)
    assert rgba[0, 0, 3] == 255
    assert rgba[-1, 0, 3] == 0
    assert rgba[0, 0, :3].sum() > rgba[-1, 0, :3].sum()


def test_contours_are_of_the_lungs_and_not_of_specks():
    mask = np.zeros((500, 400), np.uint8)
    cv2.ellipse(mask, (110, 250), (70, 180), 0, 0, 360, 255, -1)
    cv2.ellipse(mask, (290, 250), (60, 170), 0, 0, 360, 255, -1)
    mask[5:8, 5:8] = 255

    found = contours(mask)

    assert len(found) == 2
    drawn = np.zeros_like(mask)
    cv2.fillPoly(drawn, [np.array(each, np.int32) for each in found], 255)
    both = (drawn > 0) & (mask > 0)
    assert 2 * both.sum() / ((drawn > 0).sum() + (mask > 0).sum()) > 0.99


def test_pictures_are_kept_once_and_found_by_film_and_assessment(tmp_path):
    pictures, film = Pictures(tmp_path / "pictures"), np.arange(64, dtype=np.uint8).reshape(8, 8)
    drawn = Drawn(png(film), film, {"other_pathology": coloured(film)}, [])

    pictures.keep("F1", "A1", drawn)
    pictures.keep("F1", "A1", Drawn(b"another", film, {}, []))

    assert decode(pictures.radiograph("F1").read_bytes()).tolist() == film.tolist()
    assert pictures.thumbnail("F1").exists()
    assert pictures.heat("F1", "A1", "other_pathology").exists()
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0
    with pytest.raises(NotFoundError):
        pictures.heat("F1", "A1", "no_pathology")


def test_the_digest_is_of_shape_and_pixels():
    one, other = np.zeros((4, 6), np.uint8), np.zeros((6, 4), np.uint8)

    assert Drawn(b"", one, {}, []).digest != Drawn(b"", other, {}, []).digest
    assert Drawn(b"x", one, {}, []).digest == Drawn(b"y", one.copy(), {}, []).digest


def test_what_is_no_picture_is_the_gateways_error():
    with pytest.raises(GatewayError):
        decode(b"<html>")

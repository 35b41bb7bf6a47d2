"""Films' pictures on the disk, and what is drawn for the page."""

import cv2
import numpy as np
import pytest

from client.errors import FailedError
from review.arrivals.pictures import Drawn, Pictures, coloured, contours, decode, digest, encode
from review.errors import NotFoundError


def png(values: np.ndarray) -> bytes:
    return cv2.imencode(".png", values)[1].tobytes()


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_heat_map_is_coloured_and_transparent_where_it_is_cold():
    heat = np.zeros((512, 256), np.uint8)
    heat[:256] = 255

    rgba = decoded(coloured(png(heat)))

    assert rgba.shape == (512, 256, 4)
    assert rgba[0, 0, 3] == 255
    assert rgba[-1, 0, 3] == 0
    assert rgba[0, 0, :3].sum() > rgba[-1, 0, :3].sum()


def test_every_gray_of_a_heat_map_has_its_colour_of_the_scale_and_the_cold_half_is_transparent():
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)

    rgba = decoded(coloured(png(gray)))

    opacity = rgba[..., 3].ravel().astype(int)
    assert not opacity[:128].any()
    assert (np.diff(opacity[127:]) > 0).all()
    assert opacity[255] == 255
    assert np.array_equal(rgba[..., :3], cv2.applyColorMap(gray, cv2.COLORMAP_INFERNO))


@pytest.mark.parametrize("data", [b"<html>", png(np.zeros((4, 4, 3), np.uint8)), png(np.zeros((4, 4), np.uint16))])
def test_a_heat_map_that_is_not_gray_is_the_gateways_error(data):
    with pytest.raises(FailedError):
        coloured(data)


def test_contours_are_of_the_lungs_and_not_of_specks():
    mask = np.zeros((500, 400), np.uint8)
    cv2.ellipse(mask, (110, 250), (70, 180), 0, 0, 360, 255, -1)
    cv2.ellipse(mask, (290, 250), (60, 170), 0, 0, 360, 255, -1)
    mask[5:8, 5:8] = 255

    found = contours(mask, mask.shape)

    assert len(found) == 2
    drawn = np.zeros_like(mask)
    cv2.fillPoly(drawn, [np.array(each, np.int32) for each in found], 255)
    both = (drawn > 0) & (mask > 0)
    assert 2 * both.sum() / ((drawn > 0).sum() + (mask > 0).sum()) > 0.99


def test_contours_of_a_small_mask_lie_where_those_of_a_large_one_do():
    film = np.zeros((2500, 2000), np.uint8)
    cv2.ellipse(film, (550, 1250), (350, 900), 0, 0, 360, 255, -1)
    small = cv2.resize(film, (819, 1024), interpolation=cv2.INTER_AREA) // 128

    drawn = [np.zeros_like(film) for _ in range(2)]
    for canvas, mask in zip(drawn, (film, small), strict=True):
        (outline,) = contours(mask, film.shape)
        cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], 1)

    both = (drawn[0] & drawn[1]).sum()
    assert 2 * both / (drawn[0].sum() + drawn[1].sum()) > 0.995


def test_a_film_is_kept_as_it_came():
    film = np.random.default_rng(0).integers(0, 255, (60, 40), np.uint8)

    plain = b"P5\n40 60\n255\n" + film.tobytes()

    assert np.array_equal(decode(plain), film)
    assert np.array_equal(decode(encode(film)), film)


def test_pictures_are_kept_once_and_found_by_film_and_assessment(tmp_path):
    pictures, film = Pictures(tmp_path / "pictures"), np.arange(64, dtype=np.uint8).reshape(8, 8)
    drawn = Drawn(png(film), film, {"other_pathology": coloured(png(film))}, [])

    pictures.keep("F1", "A1", drawn)
    pictures.keep("F1", "A1", Drawn(b"another", film, {}, []))

    assert decode(pictures.radiograph("F1")).tolist() == film.tolist()
    assert decode(pictures.thumbnail("F1")).shape == (8, 8)
    assert pictures.heat("F1", "A1", "other_pathology") == drawn.heat["other_pathology"]
    assert (tmp_path / "pictures").stat().st_mode & 0o077 == 0
    with pytest.raises(NotFoundError):
        pictures.heat("F1", "A1", "no_pathology")


def test_the_digest_is_of_shape_and_pixels():
    one, other = np.zeros((4, 6), np.uint8), np.zeros((6, 4), np.uint8)

    assert digest(one) != digest(other)
    assert digest(one) == digest(one.copy())


def test_what_is_no_picture_is_the_gateways_error():
    with pytest.raises(FailedError):
        decode(b"<html>")

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cxr import errors
from imaging.picture import read_picture, write_mask_png, write_png
from tests import films

LIMIT = 1_000_000


def test_8_bit_gray_png_is_read_as_stored():
    values = films.pixels().astype(np.uint8)

    radiograph = read_picture(films.png(values), LIMIT)

    assert np.array_equal(radiograph.pixels, values)
    assert radiograph.display == "as stored"


def test_16_bit_png_is_stretched_over_its_range():
    values = films.pixels(bits=16)

    radiograph = read_picture(films.png(values), LIMIT)

    assert radiograph.pixels.min() == 0
    assert radiograph.pixels.max() == 255
    assert np.abs(radiograph.pixels - values / 257.0).max() <= 0.5


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_a_gray_film_saved_in_colour_reads_the_same(mode):
    values = films.pixels().astype(np.uint8)

    radiograph = read_picture(films.png(values, mode), LIMIT)

    assert np.abs(radiograph.pixels.astype(int) - values).max() <= 1


@pytest.mark.parametrize("rows", [255, 256, 257, 700])
@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_a_film_in_colour_is_read_whole_however_many_rows_it_has(mode, rows):
    values = films.pixels(rows).astype(np.uint8)

    assert np.abs(read_picture(films.png(values, mode), LIMIT).pixels.astype(int) - values).max() <= 1


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_any_colour_mode_reads_within_its_compression(mode):
    values = films.pixels().astype(np.uint8)

    radiograph = read_picture(films.jpeg(values, mode), LIMIT)

    assert np.abs(radiograph.pixels.astype(int) - values).mean() < 4


def test_transparent_pixels_are_black():
    image = np.full((80, 80, 4), 200, np.uint8)
    image[..., 3] = 255
    image[:40, :, 3] = 0

    radiograph = read_picture(films.png(image), LIMIT)

    assert radiograph.pixels[0, 0] == 0
    assert radiograph.pixels[79, 0] == 200


def test_1_bit_png_is_black_and_white():
    radiograph = read_picture(films.png(mode="1"), LIMIT)

    assert set(np.unique(radiograph.pixels)) == {0, 255}


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to display

    radiograph = read_picture(films.jpeg(exif=exif), LIMIT)

    assert radiograph.shape == (80, 96)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("make", [films.png, films.jpeg])
def test_truncated_file_is_malformed(make, kept):
    data = make()

    with pytest.raises(errors.MalformedError):
        read_picture(data[: int(len(data) * kept)], LIMIT)


def test_bomb_is_refused_before_it_is_decoded():
    with pytest.raises(errors.TooLargeError, match="10000 x 10000"):
        read_picture(films.png_header(10_000, 10_000), LIMIT)


def test_animation_is_refused_as_multi_frame():
    file = BytesIO()
    frames = [Image.fromarray(films.pixels(seed=seed).astype(np.uint8)) for seed in (0, 1)]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])

    with pytest.raises(errors.MultiFrameError):
        read_picture(file.getvalue(), LIMIT)


def test_all_equal_pixels_are_refused():
    with pytest.raises(errors.UniformPixelsError):
        read_picture(films.png(np.full((80, 80), 128, np.uint8)), LIMIT)


def test_icon_is_refused():
    with pytest.raises(errors.UnusableRadiographError, match="15 x 80"):
        read_picture(films.png(films.pixels(15).astype(np.uint8)), LIMIT)


def test_png_written_reads_back_the_same():
    values = films.pixels().astype(np.uint8)

    assert np.array_equal(read_picture(write_png(values), LIMIT).pixels, values)


def test_mask_is_written_in_one_bit():
    mask = (films.pixels() > 100).astype(np.uint8)

    image = Image.open(BytesIO(write_mask_png(mask)))

    assert image.mode == "1"
    assert np.array_equal(np.asarray(image), mask.astype(bool))

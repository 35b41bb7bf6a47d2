"""Films to measure with."""

import numpy as np
import pytest

from local.places import ROOT
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.variants import DICOM, PNG, Film

NORMAL = ROOT / "tests" / "data" / "normal.png"


def test_the_longer_side_is_1024_pixels():
    """Whatever the picture had."""
    assert max(Film.read(NORMAL).pixels.shape) == 1024


def test_every_variant_has_other_pixels_and_nearly_the_same():
    """No cache can know one from another's request, and all cost the same."""
    film = Film.read(NORMAL)
    variants = [film.variant(number) for number in (0, 1, 255, 256, 50_000)]

    assert len({variant.tobytes() for variant in variants}) == len(variants)
    assert max(np.count_nonzero(variant != film.pixels) for variant in variants) <= 16


def test_a_variant_is_the_same_film_as_png_and_as_dicom():
    """What the load test sends in turn costs the stages the same."""
    film = Film.read(NORMAL)
    png, dicom = (film.file(7, kind).read(2_000_000)[0].pixels.astype(int) for kind in (PNG, DICOM))

    assert np.abs(png - dicom).max() <= 1


def test_a_missing_film_is_told(tmp_path):
    """With the option that names another."""
    with pytest.raises(MeasurementError, match="--film"):
        Film.read(tmp_path / "none.png")

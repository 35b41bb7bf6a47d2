"""Bins, and how far films are from them, in numbers that can be worked out by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from imaging import grey
from imaging.reference import Bins, Reference

RANDOM = np.random.default_rng(0)


def test_bins_hold_a_tenth_of_the_films_each() -> None:
    bins = Bins.of(list(range(1000)))

    assert len(bins.shares) == 10
    assert bins.shares == pytest.approx([0.1] * 10, abs=0.002)
    assert bins.films == 1000


def test_value_on_an_edge_is_below_it_as_in_prometheus_histograms() -> None:
    bins = Bins((0.1, 0.5), (0.2, 0.3, 0.5), 100)

    assert [bins.bin(value) for value in (0.05, 0.1, 0.11, 0.5, 0.51)] == [0, 0, 1, 1, 2]


def test_many_films_alike_make_fewer_bins() -> None:
    bins = Bins.of([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0])

    assert bins.edges == (0.0,)
    assert bins.shares == (0.95, 0.05)


def test_index_is_the_sum_over_bins_of_the_difference_times_its_logarithm() -> None:
    bins = Bins((1.0,), (0.5, 0.5), 1_000_000)

    found = bins.psi([250_000, 750_000])

    assert found == pytest.approx(-0.25 * math.log(0.5) + 0.25 * math.log(1.5), abs=1e-4)


def test_same_films_have_no_distance_and_an_empty_bin_a_finite_one() -> None:
    bins = Bins((1.0,), (0.5, 0.5), 1000)

    assert bins.psi([500, 500]) == 0
    assert 1 < bins.psi([0, 1000]) < 10


def test_films_of_the_same_kind_stay_below_the_threshold_and_others_do_not() -> None:
    bins = Bins.of(RANDOM.normal(size=1500).tolist())

    def index(mean: float, deviation: float = 1.0, films: int = 500) -> float:
        found = [bins.bin(value) for value in RANDOM.normal(mean, deviation, films)]
        return bins.psi(np.bincount(found, minlength=len(bins.shares)).tolist())

    assert sum(index(0, films=200) > 0.1 for _ in range(200)) < 30  # about 5 % of them: gateway.drift.MIN_FILMS
    assert max(index(0) for _ in range(200)) < 0.1
    assert index(1) > 0.25
    assert index(0, deviation=0.3) > 0.25


def test_reference_is_read_as_it_was_written(tmp_path: Path) -> None:
    reference = Reference(
        {"films": 10}, {"frontal": Bins((0.5,), (0.4, 0.6), 10)}, {"mean": Bins((1.0,), (1.0, 0.0), 9)}
    )

    reference.write(tmp_path / "reference.json")

    assert Reference.read(tmp_path / "reference.json") == reference


@pytest.mark.parametrize("text", ["[]", "{}", '{"about": {}, "scores": [], "image": {}}', "not JSON"])
def test_another_file_is_no_reference(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.json").write_text(text)

    with pytest.raises(ValueError, match=r"is no reference|Expecting value"):
        Reference.read(tmp_path / "other.json")


def test_grey_levels_of_a_film_that_is_half_black_and_half_white() -> None:
    film = np.zeros((40, 60), np.uint8)
    film[:, 30:] = 255

    assert grey.levels(film) == {"mean": 127.5, "deviation": 127.5, "black": 0.5, "white": 0.5, "entropy": 1.0}


def test_size_of_a_film_does_not_matter() -> None:
    small = RANDOM.integers(0, 256, (300, 260), np.uint8)
    large = np.kron(small, np.ones((8, 8), np.uint8))

    found, again = grey.levels(small), grey.levels(large)

    assert found.keys() == set(grey.LEVELS)
    assert again == pytest.approx(found, rel=0.02)

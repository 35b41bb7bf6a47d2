"""The data index."""

import os
from pathlib import Path

import numpy as np
import pytest

from training.films import Films, permissive, read_films, read_index

DATA = Path(os.environ.get("CXR_DATA", Path(__file__).parents[4] / "shared/data/cxr")) / "index.csv"


@pytest.mark.skipif(not DATA.exists(), reason="the films are not here: set CXR_DATA to their folder")
def test_no_patient_is_in_two_splits() -> None:
    rows = read_index(DATA)
    rows = rows[rows["patient_id"] != ""]  # images that are no radiographs

    assert rows.groupby("patient_id")["split"].nunique().max() == 1


def test_packed_film_is_the_one_that_was_read(films: Films, index: Path) -> None:
    import cv2

    for row in (0, len(films.rows) - 1):
        image = cv2.imread(str(index.parent / films.rows["image"].iat[row]), cv2.IMREAD_GRAYSCALE)
        assert np.array_equal(films.pixels[row], image)


def test_second_reading_comes_from_the_cache(films: Films, index: Path, cache: Path) -> None:
    packed = sorted(cache.glob("films-*.npy"))
    before = [path.stat().st_mtime_ns for path in packed]

    again = read_films([index], cache)

    assert [path.stat().st_mtime_ns for path in packed] == before
    assert np.array_equal(again.pixels[3], films.pixels[3])


def test_non_commercial_films_can_be_left_out(films: Films) -> None:
    left = permissive(films).rows

    assert set(left.loc[left["split"] == "", "licence"]) == {"CC BY-NC-SA"}
    assert set(left.loc[left["split"] != "", "licence"]) == {"CC BY 4.0"}


def test_several_indexes_are_one_whose_films_are_in_their_own_folders(index: Path, tmp_path: Path) -> None:
    import cv2
    import pandas as pd

    other = np.full((9, 11), 77, np.uint8)
    cv2.imwrite(str(tmp_path / "other.png"), other)
    row = pd.read_csv(index, dtype=str, keep_default_na=False).iloc[:1].assign(image="other.png", mask="", sex="F")
    row.to_csv(tmp_path / "index.csv", index=False)

    joined = read_films([index, tmp_path / "index.csv"], tmp_path / "cache")

    assert len(joined.rows) == len(read_index(index)) + 1
    assert joined.rows["sex"].tolist() == [""] * (len(joined.rows) - 1) + ["F"]
    assert np.array_equal(joined.pixels[len(joined.rows) - 1], other)
    assert joined.digest != read_films([index], tmp_path / "cache").digest


def test_a_film_of_another_patient_than_its_index_says_is_in_no_split(index: Path, tmp_path: Path) -> None:
    import pandas as pd

    row = pd.read_csv(index, dtype=str, keep_default_na=False).iloc[:1].assign(image="covid-cxnet/cxnet_194.jpg")
    row.to_csv(tmp_path / "index.csv", index=False)

    assert read_index(tmp_path / "index.csv")["split"].tolist() == [""]

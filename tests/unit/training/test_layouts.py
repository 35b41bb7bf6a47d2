"""Data sets as they are published become one index."""

import csv
import os
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.unit.training import trees
from training.films import read_films
from training.layouts import command, covid, index, kermany, nih, nlm
from training.layouts.listing import LayoutError, Listing

INDEX = Path(os.environ.get("CXR_DATA", "../shared/data/cxr")) / "index.csv"


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Every data set, one film each more broken than it should be."""
    return {name: make(tmp_path / "sets" / name) for name, make in trees.TREES.items()}


def written(folders: dict[str, Path], out: Path, longest: int | None = None) -> tuple[list[index.Row], list[Listing]]:
    listings = index.read(folders, out)
    return index.write(listings, out, longest), listings


def by_source(rows: list[index.Row], column: str) -> dict[str, str]:
    return {row["source_path"]: row[column] for row in rows}


def test_every_row_has_the_columns_that_training_reads(folders: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "index/index.csv"
    rows, _ = written(folders, out)

    with out.open(newline="") as file:
        assert list(csv.DictReader(file)) == rows
    assert {tuple(row) for row in rows} == {index.COLUMNS}
    films = read_films(out, tmp_path / "cache")
    assert len(films.rows) == len(rows)
    assert films.pixels[0].shape == trees.SIZE


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        (
            "nih",
            "three_class",
            {
                "images_001/images/1_0.png": "no pathology",
                "images_001/images/1_1.png": "",
                "images_002/images/2_0.png": "other pathology",
            },
        ),
        (
            "kermany",
            "patient_id",
            {
                "train/NORMAL/IM-0115-0001.jpeg": "kermany-n-0115",
                "train/PNEUMONIA/person1_virus_6.jpeg": "kermany-p1",
                "train/PNEUMONIA/person2_bacteria_3.jpeg": "kermany-p2",
                "test/PNEUMONIA/person1_virus_9.jpeg": "kermany-p1",
            },
        ),
        (
            "covid-chestxray",
            "three_class",
            {
                "images/seven.jpg": "interstitial pneumonia",
                "images/slice.jpg": "",
                "images/eight.png": "other pathology",
                "images/nine.jpg": "no pathology",
            },
        ),
        (
            "covid-chestxray",
            "kind",
            {
                "images/seven.jpg": "cxr",
                "images/slice.jpg": "ct",
                "images/eight.png": "cxr",
                "images/nine.jpg": "cxr",
            },
        ),
        (
            "shenzhen",
            "label_raw",
            {"CXR_png/CHNCXR_0001_0.png": "normal", "CXR_png/CHNCXR_0327_1.png": "tuberculosis"},
        ),
        ("other", "licence", {"photo/a/cat.png": "own work", "document/page.png": "none stated"}),
    ],
)
def test_a_layouts_names_and_tables_tell_what_a_film_is(
    folders: dict[str, Path], tmp_path: Path, name: str, column: str, expected: dict[str, str]
) -> None:
    rows, _ = written({name: folders[name]}, tmp_path / "index/index.csv")

    assert by_source(rows, column) == expected


def test_montgomerys_masks_are_joined(folders: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "index/index.csv"
    rows, _ = written({"montgomery": folders["montgomery"]}, out)

    mask = cv2.imread(str(out.parent / rows[0]["mask"]), cv2.IMREAD_GRAYSCALE)

    assert mask is not None
    assert np.flatnonzero(mask.max(axis=0)).tolist() == [*range(5, 15), *range(25, 35)]
    assert rows[0]["mask_convention"] == "lung fields"


def test_a_film_without_a_mask_has_no_convention(folders: dict[str, Path], tmp_path: Path) -> None:
    rows, _ = written({"shenzhen": folders["shenzhen"]}, tmp_path / "index/index.csv")

    assert [bool(row["mask"]) for row in rows] == [bool(row["mask_convention"]) for row in rows] == [False, True]


def test_what_is_left_out_is_said(folders: dict[str, Path], tmp_path: Path) -> None:
    (folders["nih"] / "images_001/images/1_0.png").write_bytes(b"no image")

    _, listings = written(folders, tmp_path / "index/index.csv")

    told = {(listing.dataset, Path(what).name, why) for listing in listings for what, why in listing.skipped}
    assert told == {
        ("nih", "3_0.png", "listed, but not on disk"),
        ("nih", "1_0.png", "not readable as an image"),
        ("kermany", "holiday.jpeg", "a name that tells no patient, or another class than its folder"),
        ("covid-chestxray", "nine.nii.gz", "not an image file"),
    }


def test_a_patient_is_in_one_split_whatever_else_is_in_the_index(folders: dict[str, Path], tmp_path: Path) -> None:
    rows, _ = written(folders, tmp_path / "one/index.csv")
    alone, _ = written({"kermany": folders["kermany"]}, tmp_path / "two/index.csv")

    splits = {(row["patient_id"], row["split"]) for row in rows if row["patient_id"]}
    assert len(splits) == len({patient for patient, _ in splits})
    assert set(by_source(alone, "split").items()) <= set(by_source(rows, "split").items())


def test_splits_have_their_shares() -> None:
    names = [index.split(f"patient {number}") for number in range(4000)]

    assert names.count("train") / 4000 == pytest.approx(index.TRAIN, abs=0.03)
    assert names.count("val") / 4000 == pytest.approx(index.VAL, abs=0.02)


def test_films_can_be_copied_smaller(folders: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "index/index.csv"
    rows, _ = written({"nih": folders["nih"]}, out, longest=20)

    copies = [cv2.imread(str(out.parent / row["image"]), cv2.IMREAD_GRAYSCALE) for row in rows]
    assert [copy.shape for copy in copies if copy is not None] == [(15, 20)] * 3
    assert {(row["original_height"], row["original_width"]) for row in rows} == {("30", "40")}


@pytest.mark.parametrize("name", [name for name in index.READERS])
def test_another_layout_is_refused_with_what_was_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(LayoutError, match="expected"):
        index.read({name: tmp_path / "empty"}, tmp_path / "index/index.csv")


def test_a_table_without_a_column_is_refused_by_name(folders: dict[str, Path], tmp_path: Path) -> None:
    (folders["nih"] / "Data_Entry_2017.csv").write_text("Image Index,Finding Labels\n")

    with pytest.raises(LayoutError, match="no patient id, view position"):
        nih.read(folders["nih"])


def test_an_index_among_the_films_is_refused(folders: dict[str, Path]) -> None:
    with pytest.raises(LayoutError, match="outside the data sets"):
        index.read({"nih": folders["nih"]}, folders["nih"] / "index.csv")


def test_the_command_prints_what_went_in_and_what_did_not(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {name.replace("-", "_"): folder for name, folder in folders.items()}
    command.run(SimpleNamespace(**asked, out=tmp_path / "index/index.csv", longest=None, threads=1))  # type: ignore[arg-type]

    told = capsys.readouterr().out
    assert "| nih | 2 | 3 | 0 | 0 | 1 | 1 | 1 |" in told
    assert "| nih | 1 | listed, but not on disk | 3_0.png |" in told


def test_the_command_says_in_one_line_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = dict.fromkeys((name.replace("-", "_") for name in index.READERS), None) | {"nih": tmp_path / "nowhere"}

    with pytest.raises(SystemExit) as stopped:
        command.run(SimpleNamespace(**asked, out=tmp_path / "index.csv", longest=None, threads=1))  # type: ignore[arg-type]

    assert stopped.value.code == 2
    assert capsys.readouterr().err == f"training index: {tmp_path / 'nowhere'}: not a folder\n"


@pytest.mark.skipif(not INDEX.exists(), reason=f"the data set that the weights learned from is not here: no {INDEX}")
@pytest.mark.parametrize(
    ("dataset", "reader"),
    [
        ("nih", lambda row: nih.three_class(row["label_raw"])),
        ("covid-chestxray", lambda row: covid.three_class(row["label_raw"])),
        ("kermany", lambda row: kermany.CLASSES[kermany.named(Path(row["source_path"]).name)[1] or "normal"][1]),
        ("shenzhen", lambda row: nlm.LABELS[Path(row["source_path"]).stem[-1]][1]),
        ("montgomery", lambda row: nlm.LABELS[Path(row["source_path"]).stem[-1]][1]),
    ],
)
def test_classes_are_those_that_the_served_weights_learned(dataset: str, reader) -> None:
    with INDEX.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == dataset and row["kind"] == "cxr"]

    different = [
        (row["source_path"], row["label_raw"], row["three_class"], reader(row))
        for row in rows
        if reader(row) != row["three_class"]
    ]

    assert rows
    assert not different, (len(different), len(rows), different[:5])

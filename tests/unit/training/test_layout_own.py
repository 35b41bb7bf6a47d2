"""Films of one's own: a folder with a sub-folder for each class, and a list with labels, DICOM among them."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from imaging.dicom import read_radiograph
from tests.unit.training import trees
from training.__main__ import main
from training.course import MOST_PASSES, steps_of
from training.films import DataError, read_films
from training.layouts import index
from training.layouts.listing import LayoutError


def rows(folders: dict[str, Path], out: Path, name: str, longest: int | None = None) -> list[dict[str, str]]:
    index.write(index.read({name: folders[name]}, out), out, longest)
    with out.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "index/index.csv"


def test_a_sub_folder_is_a_class_and_one_below_it_a_patient(folders: dict[str, Path], out: Path) -> None:
    found = {row["source_path"]: row for row in rows(folders, out, "folder")}

    classes = {path: row["three_class"] for path, row in found.items()}
    assert classes == {
        "normal/a.png": "no pathology",
        "normal/P7/b.jpg": "no pathology",
        "normal/film.dcm": "no pathology",
        "normal/IM0001": "no pathology",
        "other_pathology/P7/c.png": "other pathology",
    }
    patients = {path: row["patient_id"] for path, row in found.items()}
    assert patients["normal/P7/b.jpg"] == patients["other_pathology/P7/c.png"] != ""
    assert patients["normal/film.dcm"] == patients["normal/IM0001"] != ""
    assert patients["normal/a.png"] == ""
    assert {row["split"] for path, row in found.items() if "P7" in path} == {found["normal/P7/b.jpg"]["split"]}


def test_a_dicom_film_is_learned_from_as_the_gateway_shows_it(folders: dict[str, Path], out: Path) -> None:
    (row,) = (row for row in rows(folders, out, "folder") if row["source_path"] == "normal/film.dcm")

    learned = cv2.imread(str(out.parent / row["image"]), cv2.IMREAD_GRAYSCALE)
    shown = read_radiograph((trees.SAMPLES / "film.dcm").read_bytes(), 10**8)[0].pixels
    assert learned.shape == shown.shape
    assert np.abs(learned.astype(int) - shown).mean() < 3, "but for JPEG"


def test_no_patients_number_is_in_the_index(folders: dict[str, Path], out: Path) -> None:
    rows(folders, out, "folder", longest=64)

    known = pydicom.dcmread(trees.SAMPLES / "film.dcm")
    assert str(known.PatientID) not in out.read_text()


def test_a_list_has_classes_or_findings_patients_and_views(folders: dict[str, Path], out: Path) -> None:
    found = rows(folders, out, "csv")

    assert [(row["three_class"], row["label_raw"], row["view"]) for row in found] == [
        ("no pathology", "no pathology", "PA"),
        ("", "Effusion|Cardiomegaly", "L"),
        ("interstitial pneumonia", "interstitial_pneumonia", str(_view())),
    ]
    assert len({row["patient_id"] for row in found}) == 3
    assert "7" not in {row["patient_id"] for row in found}


def _view() -> str:
    return str(pydicom.dcmread(trees.SAMPLES / "film.dcm").get("ViewPosition", "") or "")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("Label", "Diagnosis"), "there is no label"),
        (("no pathology", "fine"), "'fine' is neither a class .* nor a finding"),
        (("films/", "elsewhere/"), "expected a film in every row"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(
    folders: dict[str, Path], out: Path, change: tuple[str, str], told: str
) -> None:
    folders["csv"].write_text(trees.LISTED.replace(*change))

    with pytest.raises(LayoutError, match=told):
        index.read({"csv": folders["csv"]}, out)


def test_a_sub_folder_that_is_no_class_is_named(folders: dict[str, Path], out: Path) -> None:
    trees.draw(folders["folder"] / "tb/a.png")

    with pytest.raises(LayoutError, match="tb: no class; expected sub-folders interstitial_pneumonia, other_pathology"):
        index.read({"folder": folders["folder"]}, out)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "a folder; expected its index"),
        ("image,three_class\na.png,normal\n", "there is no column dataset, kind, patient_id, split"),
        ("image,dataset,kind,three_class,patient_id,split\na.png,own,cxr,,,train\n", "a.png: listed in the index"),
    ],
)
def test_what_is_no_index_is_told_in_one_line(
    tmp_path: Path, text: str | None, told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.csv"
    path.mkdir() if text is None else path.write_text(text)
    with pytest.raises(DataError, match=told):
        read_films([path], tmp_path / "cache")

    given = ["training", "fit", "segmenter", "--data", str(path), "--cache", str(tmp_path / "cache")]
    monkeypatch.setattr("sys.argv", [*given, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        main()

    assert stopped.value.code == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("training:")]
    assert told in line


def test_an_epoch_of_a_few_films_is_short_and_that_of_many_is_as_long_as_it_is_set() -> None:
    assert steps_of(samples=6000, batch=32, films=100) == MOST_PASSES * 100 // 32
    assert steps_of(samples=6000, batch=32, films=12_000) == 6000 // 32
    assert steps_of(samples=6000, batch=32, films=1) == 1

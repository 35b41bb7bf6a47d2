"""Data sets as they are published, in small: drawn images in the published folders and tables."""

import shutil
from pathlib import Path

import cv2
import numpy as np

SIZE = (30, 40)
"""Rows and columns of every image."""

NIH = """Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,View Position
1_0.png,No Finding,0,1,40,PA
1_1.png,Infiltration,1,1,40,AP
2_0.png,Effusion|Infiltration,0,2,50,AP
3_0.png,Effusion,0,3,60,PA
"""
"""The last is not on disk."""

COVID = """patientid,finding,view,modality,folder,filename,license
7,Pneumonia/Viral/COVID-19,AP Supine,X-ray,images,seven.jpg,CC BY
7,Pneumonia/Viral/COVID-19,Axial,CT,images,slice.jpg,CC BY
8,Pneumonia/Bacterial,L,X-ray,images,eight.png,
9,No Finding,PA,X-ray,images,nine.jpg,CC0
9,todo,PA,X-ray,volumes,nine.nii.gz,CC0
"""

LISTED = """Path,Label,Patient,View
films/a.png,no pathology,7,PA
films/b.png,Effusion|Cardiomegaly,8,lateral
films/c.dcm,interstitial_pneumonia,,
films/gone.png,normal,9,PA
"""

SAMPLES = Path(__file__).parents[2] / "data"


def draw(path: Path, value: int = 100, shape: tuple[int, int] = SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(value).integers(0, 2 * value, shape).astype(np.uint8)
    assert cv2.imwrite(str(path), image)


def fill(path: Path, columns: slice) -> None:
    """A mask of some columns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(SIZE, np.uint8)
    mask[5:25, columns] = 255
    assert cv2.imwrite(str(path), mask)


def nih(folder: Path) -> Path:
    draw(folder / "images_001/images/1_0.png")
    draw(folder / "images_001/images/1_1.png")
    draw(folder / "images_002/images/2_0.png")
    (folder / "Data_Entry_2017.csv").write_text(NIH)
    return folder


def kermany(folder: Path) -> Path:
    for name in ("PNEUMONIA/person1_virus_6.jpeg", "PNEUMONIA/person2_bacteria_3.jpeg", "NORMAL/IM-0115-0001.jpeg"):
        draw(folder / "chest_xray/train" / name)
    draw(folder / "chest_xray/test/PNEUMONIA/person1_virus_9.jpeg")
    draw(folder / "chest_xray/test/NORMAL/holiday.jpeg")
    return folder


def covid(folder: Path) -> Path:
    for name in ("seven.jpg", "slice.jpg", "eight.png", "nine.jpg"):
        draw(folder / "images" / name)
    (folder / "metadata.csv").write_text(COVID)
    return folder


def montgomery(folder: Path) -> Path:
    place = folder / "MontgomerySet"
    for name in ("MCUCXR_0001_0.png", "MCUCXR_0104_1.png"):
        draw(place / "CXR_png" / name)
        fill(place / "ManualMask/leftMask" / name, slice(25, 35))
        fill(place / "ManualMask/rightMask" / name, slice(5, 15))
    return folder


def shenzhen(folder: Path) -> Path:
    draw(folder / "CXR_png/CHNCXR_0001_0.png")
    draw(folder / "CXR_png/CHNCXR_0327_1.png")
    fill(folder / "mask/CHNCXR_0327_1_mask.png", slice(5, 35))
    return folder


def other(folder: Path) -> Path:
    draw(folder / "photo/a/cat.png")
    draw(folder / "document/page.png")
    (folder / "photo/licence.txt").write_text("own work\n")
    return folder


def folder(place: Path) -> Path:
    draw(place / "normal/a.png")
    draw(place / "normal/P7/b.jpg")
    draw(place / "other_pathology/P7/c.png")
    place.joinpath("other_pathology/notes.txt").write_text("no film")
    shutil.copy(SAMPLES / "film.dcm", place / "normal/film.dcm")
    shutil.copy(SAMPLES / "film.dcm", place / "normal/IM0001")
    return place


def listed(place: Path) -> Path:
    draw(place / "films/a.png")
    draw(place / "films/b.png")
    shutil.copy(SAMPLES / "film.dcm", place / "films/c.dcm")
    path = place / "hospital.csv"
    path.write_text(LISTED)
    return path


TREES = {
    "nih": nih,
    "kermany": kermany,
    "covid-chestxray": covid,
    "montgomery": montgomery,
    "shenzhen": shenzhen,
    "other": other,
    "folder": folder,
    "csv": listed,
}

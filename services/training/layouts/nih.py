"""NIH ChestX-ray14: Data_Entry_2017.csv, and images in images/ or in images_001 to images_012.

Source: Wang et al., ChestX-ray8, CVPR 2017. The findings were mined from reports.
"""

from pathlib import Path

from training.layouts.listing import NOTHING, OTHER, Entry, LayoutError, Listing, images, table

TABLES = ("Data_Entry_2017.csv", "Data_Entry_2017_v2020.csv")
COLUMNS = ("image index", "finding labels", "patient id", "view position")
LICENCE = "NIH Clinical Center: no restriction on use; credit NIH CC and cite Wang et al. CVPR 2017"

UNTOLD = {"Infiltration", "Fibrosis"}
"""Findings that alone tell no class: the lung's frame or its air spaces, the report does not say which.

Source: the index that the shipped weights were trained from.
"""


def read(folder: Path) -> Listing:
    """Every film that the table lists.

    Raises:
        LayoutError: no table, no such columns, or no images.
    """
    listing = Listing("nih", "NIH Clinical Center, ChestX-ray14", LICENCE)
    folder = folder.resolve()
    found = _found(folder)
    for row in table(_table(folder), COLUMNS):
        name, label, patient = row["image index"], row["finding labels"], row["patient id"]
        if name not in found:
            listing.skip(name, "listed, but not on disk")
        elif not patient.isdecimal():
            listing.skip(name, "no patient")
        else:
            path, view = found[name], row["view position"].upper()
            view = view if view in ("PA", "AP") else ""
            source = path.relative_to(folder).as_posix()
            listing.entries.append(Entry(path, source, f"nih-{int(patient)}", label, three_class(label), view))
    return listing


def three_class(label: str) -> str:
    """The class of a film whose findings are joined by a bar; empty where they do not tell."""
    findings = {name.strip() for name in label.split("|")} - {""}
    if findings == {"No Finding"}:
        return NOTHING
    return OTHER if findings - UNTOLD - {"No Finding"} else ""


def _table(folder: Path) -> Path:
    there = [folder / name for name in TABLES if (folder / name).is_file()]
    if not there:
        raise LayoutError(f"{folder}: expected {' or '.join(TABLES)} in it")
    return there[0]


def _found(folder: Path) -> dict[str, Path]:
    places = sorted(path for path in folder.glob("images*") if path.is_dir())
    found = {path.name: path for place in places for path in images(place, deep=True)}
    if not found:
        raise LayoutError(f"{folder}: expected images in images/ or in images_001/images/ and so on")
    return found

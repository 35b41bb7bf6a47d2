"""What a data set's folder holds, before any pixel is read."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vocabulary.conditions import CLASSES

INTERSTITIAL, OTHER, NOTHING = (name.replace("_", " ") for name in CLASSES)
"""The classes as an index writes them; an empty text where the source does not tell."""

DICOM_SUFFIXES = {".dcm", ".dicom", ""}
"""The same for DICOM: modalities often give none."""

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
"""Files that are taken for images."""


class LayoutError(Exception):
    """A folder is not laid out as its data set is published."""


@dataclass(frozen=True)
class Entry:
    """One image of a data set."""

    image: Path
    source_path: str
    """Where the image is in its data set's folder."""

    patient_id: str
    """Unique over all data sets; empty where nobody is known to be in two images."""

    label_raw: str
    three_class: str = ""
    view: str = ""
    """PA, AP, another AP view, or L; empty where unknown."""

    kind: str = "cxr"
    licence: str = ""
    """Instead of the data set's own."""

    masks: tuple[Path, ...] = ()
    """Masks whose union is the lungs."""


@dataclass
class Listing:
    """The images of one data set."""

    dataset: str
    repository: str
    """Who published it, and as what."""

    licence: str
    mask_convention: str = ""
    entries: list[Entry] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """What is left out, and why."""

    def skip(self, what: str, why: str) -> None:
        """Leave something out, but say so."""
        self.skipped.append((what, why))


def root(folder: Path, parts: Iterable[str], wrappers: Iterable[str] = ()) -> Path:
    """The folder in which a data set begins: the one given, or the one that its archive unpacks to in there.

    Args:
        parts: sub-folders of which one at least must be there.
        wrappers: names that archives of it unpack to.

    Raises:
        LayoutError: none has any of the parts.
    """
    places = [folder, *(folder / name for name in wrappers)]
    for place in places:
        if any((place / part).is_dir() for part in parts):
            return place.resolve()
    raise LayoutError(f"{folder}: expected a folder {' or '.join(parts)} in it")


def images(folder: Path, deep: bool = False, dicom: bool = False) -> list[Path]:
    """The images in a folder, in the order of their names.

    Args:
        folder: where they are.
        deep: in its sub-folders, too.
        dicom: DICOM files, too.
    """
    found = folder.rglob("*") if deep else folder.glob("*")
    suffixes = SUFFIXES | DICOM_SUFFIXES if dicom else SUFFIXES
    return sorted(path for path in found if path.suffix.lower() in suffixes and path.is_file())


def table(path: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a CSV file, its columns in lower case and every value stripped.

    Args:
        columns: those that must be there, in lower case.

    Raises:
        LayoutError: the file is missing, is no text, or lacks one of the columns.
    """
    if not path.is_file():
        raise LayoutError(f"{path}: not there; expected the data set's CSV file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LayoutError(f"{path}: not a CSV file: {error}") from error
    header = [name.strip().lower() for name in lines[0]] if lines else []
    if missing := [name for name in columns if name not in header]:
        raise LayoutError(f"{path}: expected the columns {', '.join(columns)}; there is no {', '.join(missing)}")
    # Some rows of the published files are longer than the header, or shorter.
    return [dict.fromkeys(header, "") | dict(zip(header, map(str.strip, line), strict=False)) for line in lines[1:]]

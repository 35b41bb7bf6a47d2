"""Films of one's own: a folder with a sub-folder for each class, or a CSV file with a path and a label for each film.

Both take DICOM files beside images. Whose a film is, is told by its header, by the CSV file, or by a folder for each
patient below the class; where nothing tells, each film is taken for another patient's.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from training.layouts.listing import INTERSTITIAL, NOTHING, OTHER, Entry, LayoutError, Listing, images, table
from training.layouts.pixels import header
from vocabulary.conditions import FINDINGS

CLASSES = {INTERSTITIAL: INTERSTITIAL, OTHER: OTHER, NOTHING: NOTHING, "normal": NOTHING, "no finding": NOTHING}
"""What a class may be called, in lower case and with spaces, and what it is."""

LATERAL_VIEWS = ("LATERAL", "LL", "RL", "L")
"""Source: View Position (0018,5101) of DICOM, PS3.3, C.8.11.7; and as an index writes it."""

UNSTATED = "none stated"


def folder(place: Path) -> Listing:
    """Films below a sub-folder for each class.

    Raises:
        LayoutError: a sub-folder is of no class, or there is no film.
    """
    listing = Listing(place.resolve().name, f"folder {place.resolve().name}", UNSTATED)
    place = place.resolve()
    for kind in sorted(path for path in place.glob("*") if path.is_dir()):
        three_class = CLASSES.get(_plain(kind.name))
        if three_class is None:
            raise LayoutError(f"{kind}: no class; expected sub-folders {_classes()}")
        for path in images(kind, deep=True, dicom=True):
            below = path.relative_to(kind).parts
            patient = below[0] if len(below) > 1 else ""
            listing.entries.append(_entry(listing.dataset, path, place, patient, kind.name, three_class))
    if not listing.entries:
        raise LayoutError(f"{place}: expected films in sub-folders {_classes()}")
    return listing


def listed(file: Path, findings: Sequence[str] = ()) -> Listing:
    """Films that a CSV file lists: path and label, and where there are such columns class, patient and view.

    Args:
        file: the list.
        findings: names that a label may hold beside those that we know.

    Raises:
        LayoutError: it is no such file, a label is neither a class nor findings, or a class is none.
    """
    names = (*FINDINGS, *findings)
    rows = table(file, ("path", "label"))
    place = file.resolve().parent
    listing = Listing(file.stem, f"list {file.name}", UNSTATED)
    for row in rows:
        path = place / row["path"]
        if not path.is_file():
            listing.skip(row["path"], "listed, but not on disk")
            continue
        three_class = _class_of(file, row["label"], names, row.get("class", ""))
        patient, view = row.get("patient", ""), row.get("view", "")
        listing.entries.append(_entry(listing.dataset, path, place, patient, row["label"], three_class, view))
    if not listing.entries:
        raise LayoutError(f"{file}: expected a film in every row, its path seen from {place}")
    return listing


def _entry(dataset: str, path: Path, place: Path, patient: str, label: str, three_class: str, view: str = "") -> Entry:
    known = header(path)
    patient = patient or known.get("PatientID", "")
    view = (view or known.get("ViewPosition", "")).upper()
    return Entry(
        path,
        path.relative_to(place).as_posix() if path.is_relative_to(place) else path.as_posix(),
        _pseudonym(dataset, patient) if patient else "",
        label,
        three_class,
        "L" if view in LATERAL_VIEWS else view,
    )


def _class_of(file: Path, label: str, names: Sequence[str], stated: str = "") -> str:
    """The stated class, or that which a label names; none where it names findings, which leave it open."""
    if stated and _plain(stated) not in CLASSES:
        raise LayoutError(f"{file}: {stated!r} is no class; expected {_classes()}")
    if (plain := _plain(label)) in CLASSES:
        return CLASSES[_plain(stated) or plain]
    parts = (part.strip().removesuffix("?") for part in label.split("|"))
    if unknown := [name for name in parts if name not in names]:
        known = f"{', '.join(names)}; --findings names others"
        raise LayoutError(f"{file}: {unknown[0]!r} is neither a class ({_classes()}) nor a finding ({known})")
    return CLASSES.get(_plain(stated), "")


def _classes() -> str:
    return ", ".join(name.replace(" ", "_") for name in (INTERSTITIAL, OTHER, NOTHING)) + " or normal"


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")


def _pseudonym(dataset: str, patient: str) -> str:
    """One for each patient of a data set, so that no index holds a hospital's numbers."""
    return f"{dataset}-{hashlib.sha256(f'{dataset} {patient}'.encode()).hexdigest()[:12]}"

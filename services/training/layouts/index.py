"""From listings to an index.csv: sizes, masks, and to which split each patient belongs."""

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from training.layouts import covid, kermany, nih, nlm, other, own, pixels
from training.layouts.listing import Entry, LayoutError, Listing
from vocabulary.films import COLUMNS, split

READERS: dict[str, Callable[[Path], Listing]] = {
    "nih": nih.read,
    "kermany": kermany.read,
    "covid-chestxray": covid.read,
    "montgomery": nlm.montgomery,
    "shenzhen": nlm.shenzhen,
    "other": other.read,
    "folder": own.folder,
    "csv": own.listed,
}
"""The layouts that can be read, in the order in which the index has them."""

Row = dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where an index is written, and how."""

    folder: Path
    longest: int | None = None
    """Films are copied beside the index, no longer than that many pixels; None leaves them where they are, but for
    DICOM films, which are copied as they are shown."""

    def name(self, path: Path) -> str:
        """The path as the index has it, seen from its folder."""
        return Path(os.path.relpath(path, self.folder)).as_posix()


def read(folders: dict[str, Path], out: Path, findings: Sequence[str] = ()) -> list[Listing]:
    """What the folders, by the names of READERS, hold; findings are of one's own, which a list of films may name.

    Raises:
        LayoutError: one is not laid out as its data set is published, the index would be in one, there is none, or out
            is a folder.
    """
    if not folders:
        raise LayoutError(f"expected at least one of {', '.join(f'--{name}' for name in READERS)}")
    if out.is_dir():
        raise LayoutError(f"{out}: a folder; expected the name of the file to write, such as {out / 'index.csv'}")
    for name, folder in folders.items():
        if name == "csv":
            continue  # a file, which may lie beside the index
        if not folder.is_dir():
            raise LayoutError(f"{folder}: not a folder")
        if out.parent.resolve().is_relative_to(folder.resolve()):
            raise LayoutError(
                f"{out}: in {folder}; expected a folder outside the data sets, which are left as they are"
            )
    readers = READERS | {"csv": partial(own.listed, findings=findings)}
    return [reader(folders[name]) for name, reader in readers.items() if name in folders]


def write(listings: Iterable[Listing], out: Path, longest: int | None = None, threads: int = 2) -> list[Row]:
    """Write the index, whole or not at all; before it, masks/ and films/ beside it.

    What cannot be read is left out, and added to what its listing skipped.

    Args:
        out: the CSV file.
        longest: pixels of the longer side of films/, which is not written if this is None.
        threads: how many images to read at once.

    Returns:
        The index's rows.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    place = Place(out.parent.resolve(), longest)
    rows = [row for listing in listings for row in _rows(listing, place, threads)]
    partial = out.with_name(f"{out.name}.partial")
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(out)
    return rows


def _rows(listing: Listing, place: Place, threads: int) -> list[Row]:
    def prepared(entry: Entry) -> Row | Path:
        try:
            return _row(entry, listing, place)
        except pixels.UnreadableError as error:
            return error.path

    rows = []
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(prepared, listing.entries)
        for row in tqdm(found, listing.dataset, len(listing.entries), unit="image"):
            if isinstance(row, Path):
                listing.skip(str(row), "not readable as an image")
            else:
                rows.append(row)
    return rows


def _row(entry: Entry, listing: Listing, place: Place) -> Row:
    film = pixels.read(entry.image)
    rows, columns = film.shape
    image, mask, name = entry.image, "", f"{listing.dataset}/{entry.source_path}"
    if place.longest is not None or pixels.is_dicom(entry.image):
        film = pixels.smaller(film, place.longest) if place.longest is not None else film
        image = place.folder / "films" / f"{name}.jpg"
        pixels.write(image, film)
    if entry.masks:
        path = place.folder / "masks" / f"{name}.png"
        pixels.write(path, pixels.joined(entry.masks, film.shape))
        mask = place.name(path)
    return {
        "image": place.name(image),
        "mask": mask,
        "mask_convention": listing.mask_convention if mask else "",
        "dataset": listing.dataset,
        "kind": entry.kind,
        "label_raw": entry.label_raw,
        "three_class": entry.three_class,
        "view": entry.view,
        "patient_id": entry.patient_id,
        "split": split(entry.patient_id or name),
        "licence": entry.licence or listing.licence,
        "source_repository": listing.repository,
        "source_path": entry.source_path,
        "original_width": str(columns),
        "original_height": str(rows),
    }

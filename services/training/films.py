"""The films of a data index, packed into one memory-mapped file so that two trainings share the same memory."""

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from cxr.radiograph import Pixels
from training.findings import findings
from training.sought import SHIPPED, Sought

LUNGS_ONLY = "cxr-lungs-only"
"""The kind of films whose surroundings were blacked out, which are not read: they taught the classifier nothing that
whole films of other hospitals do not."""

ANOTHER_PATIENT = {"covid-cxnet/cxnet_194.jpg"}
"""Films that their index gives to another patient than they are of, so that a patient would be in two splits."""

LATERAL = "L"
"""How the index writes a lateral view."""


PERMISSIVE = r"(CC BY(-SA)?( 4\.0)?( \(.*)?$|CC0|Apache-2\.0|NLM, freely|NIH Clinical Center: no restriction|own work)"
"""Licences, as the index writes them, that allow commercial use."""


NEEDED = ("image", "dataset", "kind", "three_class", "patient_id", "split")
OPTIONAL = ("mask", "mask_convention", "label_raw", "view", "licence")
"""Columns of an index; those that are not needed are taken as empty where there are none."""


class DataError(ValueError):
    """Films that cannot be learned from as they are; the message is for a person."""


@dataclass(frozen=True)
class Packed:
    """Images of any sizes, end to end in one array."""

    flat: NDArray[np.uint8]
    """All pixels, row by row, image by image."""

    shapes: NDArray[np.int64]
    """Shape (images, 2): rows, columns of each."""

    starts: NDArray[np.int64]
    """Shape (images,): where each begins in flat."""

    def __getitem__(self, row: int) -> Pixels:
        rows, columns = self.shapes[row]
        start = self.starts[row]
        return self.flat[start : start + rows * columns].reshape(rows, columns)

    def __len__(self) -> int:
        return len(self.shapes)


@dataclass(frozen=True)
class Films:
    """The rows of an index with their pixels; row i of both belongs together."""

    rows: pd.DataFrame
    """The index's columns as text, empty where the index is."""

    pixels: Packed
    masks: Packed
    """One 255-is-lung mask a row; shape (0, 0) where there is none."""

    digest: str
    """sha256 of the index file, or of the digests of several."""

    sought: Sought = SHIPPED
    """The findings that a classifier learns from them."""

    def seeking(self, sought: Sought) -> "Films":
        """The same films for a classifier of other findings."""
        return replace(self, sought=sought)

    def findings(self) -> NDArray[np.int64]:
        """Which of them each film shows, shape (rows, sought): 1, 0 or training.findings.UNKNOWN."""
        return findings(self.rows, self.sought.names, self.sought.chosen)

    def where(self, condition: "pd.Series[bool]") -> NDArray[np.int64]:
        """The positions of the rows for which the condition holds."""
        return np.flatnonzero(condition.to_numpy())


def read_films(indexes: Sequence[Path], cache: Path) -> Films:
    """Read some indexes as one, and their images, from the cache if they were read before.

    Args:
        indexes: index.csv files; their image and mask columns are relative to their folders.
        cache: folder for the packed pixels.

    Raises:
        DataError: one is no index, or a film of it cannot be read.
    """
    rows, data = joined(indexes), digest(indexes)
    cache.mkdir(parents=True, exist_ok=True)
    pixels = _packed(rows, "image", cache / f"films-{data[:12]}")
    masks = _packed(rows, "mask", cache / f"masks-{data[:12]}")
    return Films(rows, pixels, masks, data)


def joined(indexes: Sequence[Path]) -> pd.DataFrame:
    """The rows of some indexes, one after the other; empty in columns that theirs does not have."""
    return pd.concat([read_index(index) for index in indexes], ignore_index=True).fillna("")


def digest(indexes: Sequence[Path]) -> str:
    """sha256 of an index, or of those of several, in their order."""
    each = [hashlib.sha256(index.read_bytes()).hexdigest() for index in indexes]
    return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()


def read_index(index: Path) -> pd.DataFrame:
    """Its rows, in its order, with its folder as the column root, and label_complete: yes where a finding
    that label_raw does not name is not there."""
    rows = _table(index)
    # Some of NIH's films are known by their boxes alone; those have no sex (SOURCES.md of the adults).
    partly = (rows["dataset"] == "nih") & (rows["sex"] == "") if "sex" in rows else pd.Series(False, rows.index)
    partly &= rows["label_raw"] != "No Finding"
    rows["label_complete"] = np.where(partly, "", "yes")
    rows["three_class"] = rows["three_class"].str.replace(" ", "_")
    rows.loc[rows["image"].isin(ANOTHER_PATIENT), "split"] = ""
    rows["root"] = str(index.parent)
    return rows[rows["kind"] != LUNGS_ONLY].reset_index(drop=True)


def _table(index: Path) -> pd.DataFrame:
    if index.is_dir():
        raise DataError(f"{index}: a folder; expected its index, such as {index / 'index.csv'}")
    try:
        rows = pd.read_csv(index, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise DataError(f"{index}: no such file; `training index` writes one") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{index}: not a CSV file: {error}") from error
    if missing := [name for name in NEEDED if name not in rows]:
        raise DataError(f"{index}: there is no column {', '.join(missing)}; see docs/training.md")
    return rows.assign(**{name: "" for name in OPTIONAL if name not in rows})


def permissive(films: Films) -> Films:
    """The films with every row taken out of the splits whose licence forbids commercial use or is not stated.

    The lateral views go with them, and the Shenzhen masks, whose licence is not that of their films.
    """
    rows = films.rows.copy()
    rows.loc[~rows["licence"].str.match(PERMISSIVE), "split"] = ""
    rows.loc[rows["dataset"] == "shenzhen", "mask"] = ""
    return replace(films, rows=rows)


def leave_out(films: Films, datasets: Collection[str]) -> Films:
    """The films with every row of these data sets taken out of the splits, so that they can judge what was fitted."""
    rows = films.rows.copy()
    rows.loc[rows["dataset"].isin(datasets), "split"] = ""
    return replace(films, rows=rows)


def frontal(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are upright frontal chest films."""
    return (rows["kind"] == "cxr") & (rows["view"] != LATERAL)


def lateral(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are lateral chest films."""
    return (rows["kind"] == "cxr") & (rows["view"] == LATERAL)


def beside_laterals(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are of a source that has lateral films too: what they are told from must not be the source."""
    return rows["dataset"].isin(rows["dataset"][lateral(rows)].unique())


def chest(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are chest films, however turned or viewed. Some of other-radiograph show a chest: neither."""
    return rows["kind"].isin(["cxr", "cxr-rotated"])


def _packed(rows: pd.DataFrame, column: str, path: Path) -> Packed:
    flat, table = path.with_suffix(".npy"), path.with_suffix(".shapes.npy")
    if not table.exists():
        shapes = []
        partial = flat.with_suffix(f".{os.getpid()}")
        with partial.open("wb") as file:
            for image in _images(rows, column, path.name):
                file.write(image.tobytes())
                shapes.append(image.shape)
        partial.replace(flat)
        np.save(table, np.array(shapes, np.int64).reshape(-1, 2))
    shapes_ = np.load(table)
    sizes = shapes_.prod(axis=1)
    # An empty file cannot be mapped: no film has a mask.
    pixels = np.memmap(flat, np.uint8, "r") if sizes.sum() else np.zeros(0, np.uint8)
    return Packed(pixels, shapes_, np.cumsum(sizes) - sizes)


def _images(rows: pd.DataFrame, column: str, label: str) -> Iterator[Pixels]:
    for root, name in tqdm(zip(rows["root"], rows[column], strict=True), label, len(rows), unit="image"):
        yield read_image(Path(root) / name) if name else np.zeros((0, 0), np.uint8)


def read_image(path: Path) -> Pixels:
    """An image of an index, in grey.

    Raises:
        DataError: it cannot be read.
    """
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise DataError(f"{path}: listed in the index, and no image that can be read")
    return np.asarray(image, np.uint8)

"""What readers said, as `python -m review export` writes it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from certificates.allowed import Enough
from learning import beside, boxes
from learning.boxes import Boxes, Opinion
from learning.errors import LearningError
from learning.findings import Known, Ticked, known
from learning.readers import Said
from training.films import LATERAL
from training.findings import TRAINED_FINDINGS
from vocabulary import sureness
from vocabulary.conditions import CLASSES

INDEX, OPINIONS = "index.csv", "opinions.csv"


@dataclass(frozen=True)
class Labels:
    """Frontal films, and what each reader said of them."""

    folder: Path
    rows: pd.DataFrame
    """Of the index; read with training.films they have the same order and number."""
    said: list[Said]
    """With positions in rows."""
    digest: str
    """sha256 of the export's tables and boxes."""
    findings: Known
    """Which findings each film shows, by what readers ticked before they saw the answer."""
    boxes: Boxes
    """What readers drew before they saw the answer."""

    @property
    def patients(self) -> NDArray[np.str_]:
        """The pseudonym of each film's patient."""
        return self.rows["patient_id"].to_numpy(str)

    def blind(self, drawn_only: bool = False) -> NDArray[np.int64]:
        """The class that readers said of each film before the models' answer was shown; -1 where none or not one.

        Args:
            drawn_only: of films that chance chose for it; those that were worth labelling are harder than others.
        """
        found = np.full(len(self.rows), -1, np.int64)
        by_film: dict[int, list[Said]] = {}
        for each in self.said:
            if each.blind:
                by_film.setdefault(each.film, []).append(each)
        for film, each_said in by_film.items():
            counts = np.bincount([each.label for each in each_said], minlength=len(CLASSES))
            if (counts == counts.max()).sum() == 1:
                found[film] = int(counts.argmax())
        if drawn_only and "drawn" in self.rows:
            found[(self.rows["drawn"] != "true").to_numpy()] = -1
        return found

    def settled(self) -> NDArray[np.int64]:
        """The class on which each film's readers agree; -1 where they do not, or said none."""
        names = self.rows["three_class"].str.replace(" ", "_")
        place = {name: at for at, name in enumerate(CLASSES)}
        return np.array([place.get(name, -1) for name in names], np.int64)

    def enough(self, judging: NDArray[np.bool_]) -> Enough:
        """How much there is, where some of the films judge and the others teach."""
        settled = self.settled()
        counts = np.bincount(settled[~judging & (settled >= 0)], minlength=len(CLASSES))
        classes = {name: int(count) for name, count in zip(CLASSES, counts, strict=True) if count}
        return Enough(int(counts.sum()), classes, int((judging & (self.blind(drawn_only=True) >= 0)).sum()))


def read(folder: Path, names: Sequence[str] = TRAINED_FINDINGS) -> Labels:
    """An export.

    Args:
        folder: as it was written.
        names: of the findings that the served classifier was trained for.

    Raises:
        LearningError: it is none.
    """
    tables, shapes = [folder / INDEX, folder / OPINIONS], folder / boxes.SHAPES
    try:
        index, opinions = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in tables)
        digest = digest_of([*tables, *([shapes] if shapes.exists() else [])])
        rows = index[(index["kind"] == "cxr") & (index["view"] != LATERAL)].reset_index(drop=True)
        film = {name: at for at, name in enumerate(rows["image"])}
        counted = [row for _, row in opinions.iterrows() if _counts(row, film)]
        said = [_said(row, film[row["image"]]) for row in counted]
        blind = (_ticked(row, film[row["image"]]) for row in counted if row["blind"] == "true")
        ticked = known(blind, len(rows), names)
        by = {(row["image"], row["reader"]): Opinion(row["label"], row["blind"] == "true") for row in counted}
        drawn = boxes.read(shapes, by, film, names)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"column {error}" if isinstance(error, KeyError) else error
        raise LearningError(
            f"{folder} is no export of this version: {why}. Make one: make review ARGS=export"
        ) from error
    return Labels(folder, rows, said, digest, ticked, drawn)


def digest_of(files: Sequence[Path]) -> str:
    """sha256 of some files together. Raises OSError."""
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()


LONGEST = 512
"""Pixels of the longer side: more than any network sees."""


def export(out: Path) -> None:
    """Have the reading room write what it has (REVIEW_FOLDER says where that is).

    Raises:
        LearningError: it could not.
    """
    done = beside.run("review", "export", "--out", str(out), "--longest", str(LONGEST))
    if done.returncode:
        raise LearningError(f"nothing was exported: {done.stderr.strip()}")


def _counts(row: "pd.Series[str]", film: dict[str, int]) -> bool:
    return row["image"] in film and row["label"] in CLASSES


def _ticked(row: "pd.Series[str]", film: int) -> Ticked:
    names = frozenset(name for name in row.get("findings", "").split("|") if name)
    return Ticked(film, names, row["label"] == "no_pathology")


def _said(row: "pd.Series[str]", film: int) -> Said:
    answered = row.get("ai_label", "")
    return Said(
        film=film,
        reader=row["reader"],
        label=CLASSES.index(row["label"]),
        blind=row["blind"] == "true",
        arbitration=row["arbitration"] == "true",
        answered=CLASSES.index(answered) if answered in CLASSES else None,
        sureness=sureness.weight(row["sureness"]),
    )

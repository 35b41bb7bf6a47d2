"""truth.csv: a hospital's films, and what they show."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from learning.errors import LearningError
from training.groups import AGES
from vocabulary.conditions import CLASSES

TWO_CLASSES = ("abnormal", "normal")
"""For hospitals that know no more: normal is no pathology, abnormal is either of the others."""

COLUMNS = ("file", "label", "patient", "sex", "age", "scanner", "view")
"""The first two must be there."""

SEXES = {"f": "women", "female": "women", "m": "men", "male": "men"}

LATERAL = ("l", "ll", "rl", "lat", "lateral")
"""How a lateral view is written. Source: DICOM PS3.3, C.8.7.1.1.1 (View Position), and the training's index."""

OLDEST = 130
"""Years. Above, it is a year of birth or worse."""


@dataclass(frozen=True)
class Film:
    """One row."""

    row: int
    """Counted from 0: by this alone the film is named in what is kept."""
    path: Path
    label: int
    """Position in Truth.names."""
    patient: int
    """The same number for films of a patient; says nothing else."""
    lateral: bool
    groups: tuple[str, ...]
    """In words: women, 40 to 64 years, PA views, scanner A."""


@dataclass(frozen=True)
class Truth:
    """The table."""

    names: tuple[str, ...]
    """CLASSES or TWO_CLASSES."""
    films: list[Film]
    digest: str
    """sha256 of the files' names in their order: answers belong to these films, whatever labels are corrected later."""
    patients_told: bool
    """Otherwise each film counts as a patient of its own."""


def read(table: Path, folder: Path) -> Truth:
    """Read the table and look for its films.

    Args:
        table: CSV in UTF-8 with a head line, separated by commas or semicolons.
        folder: all films lie below it.

    Raises:
        LearningError: every bad row by its line number, and no value of a row: names of files tell of people.
    """
    lines = list(_lines(table))
    rows = [row for _, row in lines]
    labels = [_words(row["label"]) for row in rows]
    two = any(label in TWO_CLASSES for label in labels)
    names = TWO_CLASSES if two else CLASSES
    faults = _Faults()
    films, patients, seen = [], dict[str, int](), set[Path]()
    for at, (line, row) in enumerate(lines):
        path = _path(folder, row["file"], line, faults, seen)
        if labels[at] not in names:
            known = labels[at] in (*CLASSES, *TWO_CLASSES)
            faults.add("one of three classes, while others say normal or abnormal" if known else "unknown label", line)
        if row["age"] and not (row["age"].isdecimal() and int(row["age"]) < OLDEST):
            faults.add("the age is not a number of years", line)
        if path is not None and not faults.of(line):
            patient = patients.setdefault(row["patient"] or f"\0{at}", len(patients))
            lateral = row["view"].lower() in LATERAL
            films.append(Film(at, path, names.index(labels[at]), patient, lateral, tuple(_groups(row))))
    faults.tell(table)
    digest = hashlib.sha256("\n".join(row["file"] for row in rows).encode()).hexdigest()
    return Truth(names, films, digest, any(row["patient"] for row in rows))


@dataclass
class _Faults:
    """What is wrong, and in which lines."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, fault: str, line: int) -> None:
        self.lines.setdefault(fault, []).append(line)

    def of(self, line: int) -> bool:
        return any(line in lines for lines in self.lines.values())

    def tell(self, table: Path) -> None:
        if self.lines:
            told = [f"  {fault}: line {', '.join(map(str, lines))}" for fault, lines in self.lines.items()]
            raise LearningError("\n".join([f"{table} has bad rows; nothing was sent", *told]))


def _lines(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and all columns of each row, empty where there is none."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter=";" if head.count(";") > head.count(",") else ",", restval="")
            missing = [name for name in COLUMNS[:2] if name not in (rows.fieldnames or ())]
            if missing:
                raise LearningError(f"{table} has no column {' and no column '.join(missing)}")
            for row in rows:
                yield rows.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LearningError(f"{table} cannot be read as CSV in UTF-8: {type(error).__name__}") from error


def _words(label: str) -> str:
    return "_".join(label.lower().replace("_", " ").split())


def _path(folder: Path, name: str, line: int, faults: _Faults, seen: set[Path]) -> Path | None:
    """None, and a fault, where it is not a file below the folder, or is there twice."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        faults.add("leaves the folder of films", line)
    elif not path.is_file():
        faults.add("no such file", line)
    elif path in seen:
        faults.add("the file is in an earlier line", line)
    else:
        seen.add(path)
        return path
    return None


def _groups(row: dict[str, str]) -> Iterator[str]:
    if row["sex"].lower() in SEXES:
        yield SEXES[row["sex"].lower()]
    if row["age"]:
        yield from (name for name, (low, high) in AGES.items() if low <= int(row["age"]) < high)
    if row["view"]:
        yield f"{row['view'].upper()} views"
    if row["scanner"]:
        yield f"scanner {row['scanner']}"

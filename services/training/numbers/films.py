"""The films of a number's index: its columns are named by the problem's declaration."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cxr.number import framed
from training.films import DataError, read_image
from vocabulary.problems.problem import Problem


@dataclass(frozen=True)
class Measured:
    """Films with what a reader said of them; row i of all belongs together."""

    names: list[str]
    pixels: NDArray[np.uint8]
    """Shape (films, side, side), as they are stored: not stretched."""
    truth: NDArray[np.float64]
    groups: NDArray[np.int64]
    """Of Problem.groups, which; 0 where it is not known."""
    splits: NDArray[np.str_]
    digest: str
    """sha256 of the index file."""

    def part(self, rows: NDArray[np.int64]) -> "Measured":
        """Some of the films, in this order."""
        names = [self.names[row] for row in rows]
        return Measured(names, self.pixels[rows], self.truth[rows], self.groups[rows], self.splits[rows], self.digest)

    def split(self, name: str) -> NDArray[np.int64]:
        """The positions of that split's films."""
        return np.flatnonzero(self.splits == name)


def read(problem: Problem, index: Path) -> Measured:
    """Read an index and its films.

    Raises:
        DataError: it is none, or a film of it cannot be read.
    """
    rows, columns = _rows(problem, index), problem.columns
    return Measured(
        names=[row[columns.image] for row in rows],
        pixels=np.stack([framed(read_image(index.parent / row[columns.image]), problem.side) for row in rows]),
        truth=np.array([_number(row[columns.truth], index) for row in rows]),
        groups=np.array([_group(problem, row.get(columns.group, "")) for row in rows]),
        splits=np.array([row[columns.split] for row in rows]),
        digest=hashlib.sha256(index.read_bytes()).hexdigest(),
    )


def _rows(problem: Problem, index: Path) -> list[dict[str, str]]:
    needed = (problem.columns.image, problem.columns.truth, problem.columns.split)
    try:
        with index.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{index}: not a CSV file that can be read") from error
    if missing := [name for name in needed if not rows or name not in rows[0]]:
        raise DataError(f"{index}: there is no column {', '.join(missing)}, or no row")
    return rows


def _number(text: str, index: Path) -> float:
    try:
        return float(text)
    except ValueError:
        raise DataError(f"{index}: {text!r} is no number") from None


def _group(problem: Problem, told: str) -> int:
    return problem.groups.index(told) if told in problem.groups else 0

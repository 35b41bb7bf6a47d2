"""What readers measured, as `python -m review export` writes it."""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from certificates.allowed import CORRECTION, judges
from learning.dividing import drawn_patients
from learning.errors import LearningError
from learning.labels import digest_of
from training.films import DataError
from training.numbers.films import Measured
from training.numbers.films import read as read_films
from vocabulary.problems.problem import Problem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """Films whose number readers said before the models' was shown, and who they are of."""

    problem: Problem
    index: Path
    rows: pd.DataFrame
    """Of the index: of these films alone."""
    said: Floats
    """Shape (films,): the readers' number together, in the problem's unit."""
    shown: int
    """How many films of the export have none, since their readers saw the models' number first: they are not here."""
    opinions: pd.DataFrame
    """Of these films, read blind; value and ai_value are numbers."""
    digest: str
    """sha256 of the export's tables of the problem."""

    @property
    def patients(self) -> NDArray[np.str_]:
        """The pseudonym of each film's patient."""
        return self.rows["patient_id"].to_numpy(str)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which films chance chose to be read blind; those that were worth labelling are harder than others."""
        return np.asarray((self.rows["drawn"] == "true").to_numpy(), bool)

    def judging(self, taught_before: Set[str]) -> NDArray[np.bool_]:
        """Which films are of the patients who judge; none of them taught anything yet."""
        return drawn_patients(self.patients, self.drawn, judges(len(self.said), CORRECTION[1]), taught_before)

    def films(self) -> Measured:
        """With their pixels, in the order of rows.

        Raises:
            LearningError: a film is missing or damaged.
        """
        try:
            found = read_films(self.problem, self.index)
        except (DataError, OSError) as error:
            raise LearningError(f"{self.index.parent}: {error}") from error
        place = {name: at for at, name in enumerate(found.names)}
        return found.part(np.array([place[name] for name in self.rows[self.problem.columns.image]], np.int64))


def read(problem: Problem, folder: Path) -> Numbers:
    """An export.

    Raises:
        LearningError: it is none, or nobody measured a film of this problem.
    """
    index, opinions = folder / f"{problem.name}.csv", folder / f"{problem.name}-opinions.csv"
    if folder.is_dir() and not index.exists():
        raise LearningError(f"{folder} has no numbers of {problem.name}: no reader has measured a film of it yet")
    try:
        rows, said = (pd.read_csv(path, dtype=str, keep_default_na=False) for path in (index, opinions))
        return _read(problem, index, rows, said, digest_of([index, opinions]))
    except (OSError, ValueError, KeyError) as error:
        why = f"column {error}" if isinstance(error, KeyError) else error
        raise LearningError(
            f"{folder} is no export of this version: {why}. Make one: make review ARGS=export"
        ) from error


def _read(problem: Problem, index: Path, rows: pd.DataFrame, opinions: pd.DataFrame, digest: str) -> Numbers:
    own = problem.columns
    blind = opinions[opinions["blind"] == "true"].copy()
    blind["value"] = pd.to_numeric(blind["value"])
    blind["ai_value"] = pd.to_numeric(blind["ai_value"])  # empty: the models had refused the film
    means = blind.groupby("image")["value"].mean()
    # Readers who all were blind are merged by their precision already; the others' numbers lean to the models'.
    merged = pd.to_numeric(rows[own.truth]).where(rows["blind"] == "true", rows[own.image].map(means))
    kept = merged.notna()
    found, said = rows[kept].reset_index(drop=True), merged[kept].to_numpy(np.float64)
    _ = found[["patient_id", "drawn", "dataset", *filter(None, [own.group])]]  # KeyError where one is missing
    blind = blind[blind["image"].isin(found[own.image])]
    return Numbers(problem, index, found, said, int((~kept).sum()), blind, digest)

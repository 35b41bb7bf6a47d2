"""What readers said of each release's answers, as the reading room has it: tables, no films."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from learning import beside
from learning.errors import LearningError
from learning.labels import OPINIONS
from learning.overrides import Reading
from learning.quantities import named, number_named
from training.numbers.course import asked
from vocabulary.conditions import CLASSES
from vocabulary.problems.known import NUMBERS


def read_readings(problem: str) -> list[Reading]:
    """From the reading room of this machine (REVIEW_FOLDER): those of a problem's films.

    Raises:
        LearningError: there is none.
    """
    with TemporaryDirectory(prefix="cxr-readings-") as temporary:
        folder = Path(temporary) / "export"
        done = beside.run("review", "export", "--out", str(folder), "--without-pictures")
        if done.returncode:
            raise LearningError(f"readings were not looked at: {done.stderr.strip()}")
        if problem not in NUMBERS:
            return of_table(folder / OPINIONS)
        path = folder / f"{problem}-opinions.csv"
        return of_numbers(path, number_named(asked(NUMBERS[problem]))) if path.exists() else []


def of_table(path: Path) -> list[Reading]:
    """Those that say a class, of answers that have one.

    Raises:
        LearningError: it is no such table.
    """
    with _told(path) as rows:
        known = rows[rows["label"].isin(CLASSES) & rows["ai_label"].isin(CLASSES) & (rows["arbitration"] != "true")]
        return [_reading(row) for _, row in known.iterrows()]


def of_numbers(path: Path, quantity: str) -> list[Reading]:
    """Those that say a number, of answers that have one.

    Raises:
        LearningError: it is no such table.
    """
    with _told(path) as rows:
        known = rows[(rows["ai_value"] != "") & (rows["within"] != "") & (rows["arbitration"] != "true")]
        return [
            Reading(row["model"], row["blind"] == "true", row["within"] == "false", {quantity: float(row["ai_value"])})
            for _, row in known.iterrows()
        ]


@contextlib.contextmanager
def _told(path: Path) -> Iterator[pd.DataFrame]:
    try:
        yield pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError, KeyError) as error:
        raise LearningError(f"readings were not looked at: {path.name}: {error}") from error


def _reading(row: "pd.Series[str]") -> Reading:
    said = {named(label): float(row[f"ai_{label}"]) for label in CLASSES if row[f"ai_{label}"]}
    return Reading(row["classifier"], row["blind"] == "true", row["label"] != row["ai_label"], said)

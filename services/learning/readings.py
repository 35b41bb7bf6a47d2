"""What readers said of each release's answers, as the reading room has it: tables, no films."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from learning import beside
from learning.errors import LearningError
from learning.labels import OPINIONS
from learning.overrides import Reading
from vocabulary.conditions import CLASSES


def read_readings() -> list[Reading]:
    """From the reading room of this machine (REVIEW_FOLDER).

    Raises:
        LearningError: there is none.
    """
    with TemporaryDirectory(prefix="cxr-readings-") as temporary:
        folder = Path(temporary) / "export"
        done = beside.run("review", "export", "--out", str(folder), "--without-pictures")
        if done.returncode:
            raise LearningError(f"readings were not looked at: {done.stderr.strip()}")
        return of_table(folder / OPINIONS)


def of_table(path: Path) -> list[Reading]:
    """Those that say a class, of answers that have one.

    Raises:
        LearningError: it is no such table.
    """
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        known = rows[rows["label"].isin(CLASSES) & rows["ai_label"].isin(CLASSES) & (rows["arbitration"] != "true")]
        return [_reading(row) for _, row in known.iterrows()]
    except (OSError, ValueError, KeyError) as error:
        raise LearningError(f"readings were not looked at: {path.name}: {error}") from error


def _reading(row: "pd.Series[str]") -> Reading:
    classes = {name: float(row[f"ai_{name}"]) for name in CLASSES if row[f"ai_{name}"]}
    return Reading(row["classifier"], row["blind"] == "true", row["label"], row["ai_label"], classes)

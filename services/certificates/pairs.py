"""What two releases said of one film, a line of JSON a pair: gateways keep them, and learning reads them.

A pair has no picture, no name, no number and no time of day. Who lacks the gateways' secret cannot find its film or its
patient, and knows only which pairs are of the same.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from results.schema import Outcome
from vocabulary.problems.chest import CHEST

View = Literal["PA", "AP", "frontal", "lateral"]
"""As the film's header calls it; frontal where it does not tell PA from AP."""

Sex = Literal["F", "M", "O"]

KEY = "^[0-9a-f]{32}$"
NAME = re.compile(r"pairs-(\d{4}-\d{2}-\d{2})\.jsonl")


class Kept(BaseModel):
    """Nothing changes once it is written, and a newer gateway may write more than this version reads."""

    model_config = ConfigDict(frozen=True)


class Answer(Kept):
    """What a release said."""

    release: str
    versions: dict[str, str]
    """Stage to version."""
    outcome: Outcome
    refusal: str | None = None
    """Its reason; of an assessed film, the one that was overridden."""
    classes: dict[str, float] | None = None
    """Calibrated probabilities, to four decimals; None unless assessed."""
    quality: float | None = None
    """The Dice that the segmenter expects of its lungs, 0 to 1; None where it was not asked."""
    value: float | None = None
    interval: tuple[float, float] | None = None
    """Of a problem whose answer is a number, in its unit; None unless assessed."""

    @property
    def predicted(self) -> str | None:
        """The most probable class; None where there are none."""
        classes = self.classes
        return max(classes, key=lambda name: classes[name]) if classes else None


class Pair(Kept):
    """Two answers, and what else is known of the film."""

    day: date
    """In UTC, on which it was compared."""
    film: str = Field(pattern=KEY)
    patient: str = Field(pattern=KEY)
    """The same for all films of a patient; of a film without a patient's id, its own."""
    problem: str = CHEST.name
    """What was asked of it."""
    answered: Answer
    """What was answered."""
    compared: Answer
    """What nobody saw."""
    view: View | None = None
    sex: Sex | None = None
    decade: int | None = Field(None, ge=0, le=90, multiple_of=10)
    """Of the patient's age in years, rounded down; 90 stands for all who are older too."""


def name_of(day: date) -> str:
    """The file of a day's pairs."""
    return f"pairs-{day.isoformat()}.jsonl"


def day_of(name: str) -> date | None:
    """The day of such a file; None of another one's name."""
    found = NAME.fullmatch(name)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def read_pairs(folder: Path) -> Iterator[Pair]:
    """All pairs of a folder, day by day in the order in which they were kept, without lines that are damaged.

    Raises:
        OSError: a file cannot be read.
    """
    for path in sorted(each for each in folder.iterdir() if day_of(each.name)):
        with path.open("rb") as lines:
            for line in lines:
                try:
                    yield Pair.model_validate_json(line)
                except ValueError:
                    continue

"""What a report of an acceptance run holds."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from learning.accept.site import Counts, Times
from learning.accept.verdict import Decision
from training.figures import Figure
from training.statistics import Interval

LOST, AREAS, POINTS, CALIBRATION, POSSIBLE, GROUPS = (
    "Films without an answer",
    "How well it tells films apart",
    "Operating points",
    "Calibration",
    "Possible classes",
    "Groups",
)
"""The parts of the report."""


class Part(BaseModel):
    """Nothing changes once it is found."""

    model_config = ConfigDict(frozen=True)


class Threshold(Part):
    """Operating points of a class: as the release has it, and derived on half of this hospital's patients."""

    name: str
    shipped: float | None
    local: float


class Calibrating(Part):
    """The four numbers of the local calibration: log-probabilities times scale, plus shifts."""

    scale: float
    shifts: dict[str, float]


class Change(Part):
    """A figure that was found the last time too."""

    what: str
    data: str
    before: float
    before_ci95: Interval
    now: float
    now_ci95: Interval
    moved: bool
    """The intervals have nothing in common."""


class Report(Part):
    """Everything that was found. No film and no patient is named in it."""

    made: datetime
    models: dict[str, str]
    """Stage to the version that answered."""
    labels: tuple[str, ...]
    counts: Counts
    verdict: Decision
    reasons: list[str]
    figures: dict[str, list[Figure]]
    """By the parts of the report."""
    thresholds: list[Threshold] = []
    calibration: Calibrating | None = None
    promise: str = ""
    times: Times | None
    notes: list[str]
    before: datetime | None = None
    changes: list[Change] = []

"""A certificate: which archives were judged, by what, with which figures, and what was decided."""

from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from vocabulary.problems.known import PROBLEMS

Decision = Literal["promote", "refuse", "too_few"]
"""May be promoted; was judged and may not; too few films to judge."""


class Part(BaseModel):
    """A misspelled key is an error, and nothing changes once it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Archive(Part):
    """A stage's archive."""

    version: str
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    """As the stage tells it (cxr.stage.digest): weights, configuration and code."""


class Release(Part):
    """A set of archives, one for each stage that answers a problem."""

    archives: dict[str, Archive]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.problem:
            wanted = "; or ".join(", ".join(each.stages) for each in PROBLEMS.values())
            raise ValueError(f"archives of {wanted} make a release")
        return self

    @property
    def problem(self) -> str:
        """Name of the problem that its stages answer."""
        return next((name for name, each in PROBLEMS.items() if set(each.stages) == set(self.archives)), "")

    @property
    def digests(self) -> dict[str, str]:
        """Stage to digest."""
        return {stage: archive.digest for stage, archive in self.archives.items()}


class Figure(Part):
    """One figure of parent and candidate on the same films."""

    what: str
    data: str
    """On which films."""
    films: int
    parent: float | None
    candidate: float | None
    low: float | None = None
    """One-sided 95 % lower end of candidate less parent, by patient."""
    high: float | None = None
    """The same, upper end."""


class Point(Part):
    """A class's operating point, before and after."""

    label: str
    before: float
    after: float
    """Keeps the parent's sensitivity on the judge's films."""
    sensitivity: tuple[float, float, float]
    """Parent before, candidate at the old point, candidate at the new one."""
    specificity: tuple[float, float, float]
    """The same."""


class Gate(Part):
    """One condition, and whether it is met."""

    name: str
    passed: bool
    told: str
    """With its numbers, for a person."""


class Certificate(Part):
    """All of certificate.json."""

    lesson: int
    parent: Release
    candidate: Release
    labels: str
    """sha256 of the export that taught and judged."""
    judge: str
    """sha256 of the list of the judge's films."""
    films: int
    patients: int
    figures: list[Figure]
    points: list[Point]
    flips: dict[str, int]
    """`from > to`, in classes, to how many of the judge's films."""
    gates: list[Gate]
    decision: Decision
    issued: AwareDatetime
    expires: AwareDatetime

    @model_validator(mode="after")
    def _alike(self) -> Self:
        if self.parent.problem != self.candidate.problem:
            raise ValueError("parent and candidate answer one problem")
        return self

    @property
    def problem(self) -> str:
        """Name of the problem whose stages were judged."""
        return self.candidate.problem

    @property
    def reasons(self) -> list[str]:
        """Why it was not decided to promote."""
        return [gate.told for gate in self.gates if not gate.passed]

    def covers(self, digests: dict[str, str], now: datetime | None = None) -> str:
        """Why it does not let these archives answer films; empty where it does.

        Args:
            digests: stage to digest of what would answer.
            now: instead of the present.
        """
        if self.decision != "promote":
            return "; ".join(self.reasons) or f"the decision is {self.decision}"
        if (now or datetime.now(UTC)) >= self.expires:
            return f"it expired on {self.expires:%Y-%m-%d}"
        if other := [stage for stage, digest in self.candidate.digests.items() if digests.get(stage) != digest]:
            return f"it is of another {', '.join(other)}"
        return ""

"""How far a round of teaching and judging is, in a file: learning writes it, and the reading room's page shows it."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from auditing.disk import READABLE, write_whole
from certificates.certificate import Decision

FILE, LOCK = "round.json", "round.lock"
"""In the folder of lessons. Who has locked the second (flock) runs the only round there; its process id is inside."""

State = Literal["running", "done", "failed", "stopped"]


class Progress(BaseModel):
    """All of the file; nothing in it is about a patient."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: State
    step: str
    """What is being done, or was done last, in plain words."""
    films: int | None = None
    """Done in this step; None where it does not go film by film."""
    of: int | None = None
    """How many films this step has."""
    told: list[str] = []
    """Lines for a person, so far."""
    reason: str = ""
    """Why it failed."""
    code: int | None = None
    """Exit code of the round; None until its end."""
    lesson: int | None = None
    """Number of the newest lesson that it made."""
    decision: Decision | None = None
    """Of that lesson's certificate."""
    started: AwareDatetime
    ended: AwareDatetime | None = None


def read(path: Path) -> Progress | None:
    """What was written last; None where there is nothing, or nothing that can be read."""
    try:
        return Progress.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write(progress: Progress, path: Path) -> None:
    """Whole or not at all. Raises OSError."""
    write_whole(path, f"{progress.model_dump_json(indent=1)}\n".encode(), READABLE)

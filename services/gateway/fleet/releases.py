"""Which releases there are and what each is for, as a file says it; and that file's changes, which are atomic.

serve: stable
canary: {release: next, share: 0.1}
shadow: {release: next, share: 1.0}
releases:
  stable: {discriminator: "127.0.0.1:7070", segmenter: "127.0.0.1:7080", classifier: "dns:///classifier:7070"}
  next: {discriminator: ..., segmenter: ..., classifier: {at: "127.0.0.1:7290", version: "1.2.0", digest: 3fa9...}}
references: {next: next/reference.json}
evidence: {next: {certificate: /lessons/1/certificate.json, key: /lessons/signing.pub}}

A problem whose answer is a number has a file of its own, whose releases have its one stage.
"""

from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from auditing.disk import READABLE, write_whole
from gateway.fleet.addresses import Addresses
from imaging.reference import Reference
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS
from vocabulary.problems.problem import Problem

PREVIOUS = ".previous"
"""Ends the name of the file's last state, which a rollback brings back."""


class ReleasesError(Exception):
    """The file cannot be read, or does not say what it should; the message is for a person."""


class Strict(BaseModel):
    """A misspelled key is an error, not a key that is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _addresses(text: str) -> str:
    Addresses.parse(text)
    return text


class Where(Strict):
    """Where a stage of a release is."""

    at: Annotated[str, AfterValidator(_addresses)]
    """host:port and dns:///name:port, with commas between them."""
    version: str | None = None
    """Pinned: replicas of another version are left alone."""
    digest: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    """Pinned: replicas with another archive are left alone, whatever version they say they are."""


def _where(given: Any) -> Any:
    return {"at": given} if isinstance(given, str) else given


At = Annotated[Where, BeforeValidator(_where)]


def _whole(given: dict[str, Where]) -> dict[str, Where]:
    stages = next((each.stages for each in PROBLEMS.values() if set(each.stages) & set(given)), CHEST.stages)
    if wrong := [f"there is no stage {name}" for name in given if name not in stages]:
        raise ValueError(f"{wrong[0]}; there are {', '.join(stages)}")
    if missing := [name for name in stages if name not in given]:
        raise ValueError(f"it does not say where the {missing[0]} is")
    return {name: given[name] for name in stages}


Release = Annotated[dict[str, At], AfterValidator(_whole)]
"""A set of stage versions: where each stage is."""


class Share(Strict):
    """A release, and the share of the films that it is given."""

    release: str
    share: float = Field(1.0, gt=0, le=1)


class Ground(Strict):
    """Why a release was let answer: a certificate and whose it is, or a person's reason."""

    certificate: str | None = None
    key: str | None = None
    """Files, of certificate.json and of the public half of the key that signed it."""
    reason: str | None = None


class Plan(Strict):
    """All of the file."""

    serve: str
    canary: Share | None = None
    """Answers its share of the films."""
    shadow: Share | None = None
    """Computes its share of the films too, and is compared; nobody sees its answers."""
    releases: dict[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9.-]{0,40}$")], Release] = Field(min_length=1)

    references: dict[str, str] | None = None
    """Release to its own reference.json, relative to this file; the others have the gateway's (CXR_REFERENCE)."""
    evidence: dict[str, Ground] | None = None
    """Release to why it was let answer: who starts the stages looks at it again."""
    withdrawn: dict[str, str] | None = None
    """Release that did something before the last start and may not any more, to why; until the next choice."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        for name in (*self.used, *(self.references or ())):
            if name not in self.releases:
                raise ValueError(f"there is no release {name}; there are {', '.join(self.releases)}")
        if len(kinds := {tuple(release) for release in self.releases.values()}) > 1:
            raise ValueError(f"releases of one problem belong into a file; these are of {len(kinds)}")
        return self

    @property
    def problem(self) -> Problem:
        """Which the releases answer."""
        stages = tuple(self.releases[self.serve])
        return next(each for each in PROBLEMS.values() if each.stages == stages)

    @property
    def used(self) -> dict[str, str]:
        """Name of each release that is used, to its role; where it has two, the more important."""
        roles = {"shadow": self.shadow, "canary": self.canary}
        return {each.release: role for role, each in roles.items() if each} | {self.serve: "serve"}

    @classmethod
    def single(cls, addresses: dict[str, str], name: str = "stable") -> Self:
        """One release, of settings."""
        return cls.model_validate({"serve": name, "releases": {name: addresses}})

    @classmethod
    def read(cls, path: Path) -> Self:
        """From a file.

        Raises:
            ReleasesError: it cannot be read, or does not fit.
        """
        try:
            return cls.model_validate(yaml.safe_load(path.read_text()))
        except (OSError, UnicodeDecodeError) as error:
            raise ReleasesError(f"{path}: {type(error).__name__}") from error
        except yaml.YAMLError as error:
            raise ReleasesError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'all'}: {each['msg']}" for each in error.errors())
            raise ReleasesError(f"{path}: {wrong}") from error

    def check_problem(self, problem: Problem, path: Path) -> None:
        """Raise ReleasesError where the releases of a file are of another problem."""
        if self.problem is not problem:
            raise ReleasesError(f"{path}: its releases are of {self.problem.name}, and not of {problem.name}")

    def reference(self, path: Path) -> Reference | None:
        """What the training films of the serving release were like; None where it has no reference of its own.

        Args:
            path: of this plan's file.

        Raises:
            ReleasesError: the reference cannot be read.
        """
        if not (own := (self.references or {}).get(self.serve)):
            return None
        try:
            return Reference.read(path.parent / own)
        except (OSError, ValueError) as error:
            raise ReleasesError(f"{path}: the reference of {self.serve} cannot be read: {error}") from error

    def write(self, path: Path) -> None:
        """To a file, at once as a whole; what it said before is kept beside it."""
        if path.exists():
            write_whole(path.with_name(path.name + PREVIOUS), path.read_bytes(), READABLE)
        text = yaml.safe_dump(self.model_dump(exclude_none=True), sort_keys=False)
        write_whole(path, text.encode(), READABLE)


def previous(path: Path) -> Plan:
    """What the file said before its last change; writing that swaps the two.

    Raises:
        ReleasesError: it was not changed yet, or what it said does not fit.
    """
    before = path.with_name(path.name + PREVIOUS)
    if not before.exists():
        raise ReleasesError(f"{path} was not changed yet: there is nothing to roll back to")
    return Plan.read(before)

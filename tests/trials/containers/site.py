"""A hospital that runs an earlier version in containers, and then this one, from one checkout and on its volumes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset

from local.places import DEFAULT_ARCHIVES, ROOT
from tests.orthanc import Orthanc
from tests.trials.containers.compose import Compose
from tests.trials.containers.dicom import until
from tests.trials.containers.earlier import Version, make
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.parts import ran
from tests.trials.containers.records import Records, records
from tests.trials.containers.room import Browser, People

HANDBOOK = ROOT / "docs" / "operations.md"
BUILT = ("gateway", "scp", "review", "torchserve")
UP_WITHIN_S = 900
"""Many times what the earlier version takes where nothing else is at work."""

KEPT = "before"
"""The tag by which the earlier version's images are kept."""

TAG = "0.1.0"
"""The one that docker-compose.yml gives to all of ours."""


@dataclass
class Site:
    """What it has, and what it knew before the upgrade."""

    compose: Compose
    pacs: Orthanc
    earlier: Version
    present: Version
    people: People | None = None
    films: list[Dataset] = field(default_factory=list)
    """All that the listener took."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Stage to version, of the earlier version's answer."""
    before: Records = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    """The worklist."""
    cursor: str = ""
    """Of the feed."""

    @property
    def ada(self) -> Browser:
        """The reader's."""
        assert self.people
        return self.people.ada

    def up(self, *words: str) -> None:
        """`docker compose up --wait`, of the earlier version, which may give a busy machine less time: again and again.

        Raises:
            ContainersError: it never is.
        """
        engine, folder, given = self.compose.engine, self.compose.folder, self.compose.environment
        command = ("compose", "up", "--wait", *words)
        if not until(lambda: engine.tried(*command, cwd=folder, more=given)[0], UP_WITHIN_S):
            raise ContainersError(f"not healthy: {', '.join(self.compose.ill())}")

    def make(self, *words: str, **environment: str) -> str:
        """`make`, of the version that is checked out."""
        return make(self.compose.folder, self.compose.engine.environment | environment, *words)

    def put_aside(self) -> None:
        """Images and archives that run, whose names the next ones take over."""
        for image in BUILT:
            self.compose.engine.docker("tag", f"cxr-cascade/{image}:{TAG}", f"cxr-cascade/{image}:{KEPT}")
        ran(["cp", "-a", self._archives, f"{self._archives}.{KEPT}"])

    def take_back(self) -> None:
        """What was put aside, under its own names."""
        for image in BUILT:
            self.compose.engine.docker("tag", f"cxr-cascade/{image}:{KEPT}", f"cxr-cascade/{image}:{TAG}")
        ran(["cp", "-a", f"{self._archives}.{KEPT}/.", self._archives])

    @property
    def _archives(self) -> Path:
        return self.compose.folder / DEFAULT_ARCHIVES.relative_to(ROOT)

    def in_room(self) -> dict[str, str]:
        """SOP Instance UID of each film in the reading room to its name there."""
        return {row["sop_instance_uid"]: row["id"] for row in records(self.compose)["film"]}

    def all_in_room(self) -> bool:
        """Whether the reading room has every film that the listener took."""
        return not self.not_in_room()

    def not_in_room(self) -> list[str]:
        """Names of the patients whose films, taken by the listener, the reading room does not have."""
        there = self.in_room()
        return [str(each.PatientName) for each in self.films if each.SOPInstanceUID not in there]

    def read(self) -> str:
        """The name, in the reading room, of the film that the reader says something of: the first one."""
        return self.in_room()[self.films[0].SOPInstanceUID]

"""What a stack was brought up with, so that another command can speak of it: stack.json in its run folder."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local.plan import Plan, as_stored
from local.ports import Ports
from local.runtimes import Runtimes


@dataclass(frozen=True)
class State:
    """Of a stack that is up."""

    ports: Ports
    plan: Plan
    parts: tuple[str, ...]
    """Its processes, as PROCESSES names them."""
    archives: Path
    trusted: Path
    """The folder of the keys whose archives are served."""
    runtimes: Runtimes

    def write(self, path: Path) -> None:
        """For read."""
        told = {"ports": asdict(self.ports), "plan": as_stored(self.plan), "parts": self.parts}
        runtimes = {name: str(program) for name, program in asdict(self.runtimes).items() if program}
        paths = {"archives": str(self.archives), "trusted": str(self.trusted)}
        path.write_text(json.dumps(told | paths | {"runtimes": runtimes}, indent=1))

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """None where there is none, or where an older version wrote it."""
        try:
            told = json.loads(path.read_text())
            ports, plan = Ports.read(told["ports"]), Plan.stored(told["plan"])
            runtimes = Runtimes(**{name: Path(program) for name, program in told["runtimes"].items()})
            archives, trusted = Path(told["archives"]), Path(told["trusted"])
            return cls(ports, plan, tuple(told["parts"]), archives, trusted, runtimes)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

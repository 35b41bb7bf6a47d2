"""The processes of a stack on this machine: which there are, what they are run with, and each of them by itself."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from certificates.certificate import Archive
from certificates.seal import SealError, opened
from certificates.seal import trusted_keys as public_keys
from local import leftovers, releases, valkey
from local.addresses import Addresses
from local.errors import ArchiveRefusedError, NoArchiveError
from local.places import DEFAULT_ARCHIVES, Places, trusted_keys
from local.plan import STABLE, Plan, Replica
from local.ports import Ports
from local.programs import PROCESSES, archives_of, programs, render
from local.releases import Signed
from local.runtimes import Runtimes
from local.state import State
from local.supervision import ProcessInfo, Supervision, own_environment
from vocabulary.problems.known import SERVED


class Processes(Addresses):
    """Valkey, the stages' TorchServes, gateway, listener and reading room, each looked after by supervisor."""

    def __init__(
        self,
        run_dir: Path,
        ports: Ports,
        archives: Path = DEFAULT_ARCHIVES,
        env: Mapping[str, str] | None = None,
        processes: Iterable[str] = PROCESSES,
        plan: Plan | None = None,
    ) -> None:
        """Describe a stack, without starting anything.

        Args:
            run_dir: its logs and state; two stacks at once need two of them.
            ports: where it listens; ports for a plan's further replicas are added.
            archives: the folder with the stages' archives; those of other releases are in releases/NAME beside it.
            env: added to the environment of every process, such as CXR_DEADLINE_S.
            processes: leave some out to run a part of it; a stage stands for all its replicas.
            plan: how many replicas each stage has; by default one.
        """
        self.places = Places(run_dir.resolve())
        self.ports = ports
        self.archives = archives.resolve()
        self.env = dict(env or {})
        self.trusted = trusted_keys(own_environment(self.env))
        self.parts = tuple(name for name in PROCESSES if name in set(processes))
        self.supervision = Supervision(self.places)
        self.runtimes: Runtimes | None = None
        self.signed: Signed = {}
        self.adopt(plan or Plan())

    @classmethod
    def found(
        cls, run_dir: Path, otherwise: Ports, archives: Path = DEFAULT_ARCHIVES, plan: Plan | None = None
    ) -> Self:
        """The stack of a run folder: what it was brought up with, where it is up, else with what is given."""
        places = Places(run_dir.resolve())
        state = State.read(places.state) if Supervision(places).alive() else None
        if state is None:
            return cls(run_dir, otherwise, archives, plan=plan)
        stack = cls(run_dir, state.ports, state.archives, processes=state.parts, plan=state.plan)
        stack.runtimes, stack.trusted = state.runtimes, state.trusted
        return stack

    def adopt(self, plan: Plan) -> None:
        """Speak of the replicas of a plan from now on; none is started or stopped."""
        self.plan = plan
        self.ports = self.ports.holding({one.name: one.stage for one in plan.replicas()})

    @property
    def names(self) -> tuple[str, ...]:
        """Its processes, in the order in which they are needed."""
        return tuple(
            name
            for part in self.parts
            for name in ([one.name for one in self.plan.replicas(stage=part)] if part in SERVED else [part])
        )

    @property
    def releases(self) -> Path:
        """The file by which the gateway knows the replicas, and which release answers."""
        return self.places.releases

    def answering(self) -> list[str]:
        """Which release answers each problem, and which do so no more and why; in lines for a person."""
        return [line for file, _ in releases.files(self.places.run, self.plan) for line in releases.told(file)]

    def is_up(self) -> bool:
        """Whether its supervisor answers."""
        return self.supervision.alive()

    def prepare(self, names: Sequence[str]) -> None:
        """Make what processes need before they are started, and write down what the stack now is.

        Raises:
            NoArchiveError, ArchiveRefusedError, NoRoomError: as their names say.
        """
        self.check_archives()
        self.signed = self.check_signatures()
        self.places.make(tuple(names))
        for name in names:
            self.places.log(name).unlink(missing_ok=True)
        self.write()

    def write(self) -> None:
        """Write what supervisor should run, and what other commands should know of it."""
        runtimes = self.runtimes or Runtimes.found(own_environment(self.env))
        running = programs(self.places, self.ports, self.archives, runtimes, self.plan, self.trusted)
        self.places.configuration.write_text(render(self.places, {name: running[name] for name in self.names}))
        passwords = (path.read_text().strip() for path in (self.places.cache_password, self.places.cache_admin))
        self.places.cache.write_text(valkey.configuration(self.ports.valkey, *passwords))
        State(self.ports, self.plan, self.parts, self.archives, self.trusted, runtimes).write(self.places.state)

    def stop(self, name: str) -> None:
        """Stop one process and keep it stopped."""
        self.supervision.stop(name)

    def start(self, name: str) -> None:
        """Start one process that was stopped; it may need a while to be ready."""
        self.supervision.start(name)

    def pid(self, name: str) -> int:
        """Of one process, as supervisor started it; 0 where it is not running."""
        return self.supervision.process(name).pid

    def worker(self, name: str) -> int | None:
        """The process id of a Python worker of a replica, which runs the network; None while there is none."""
        for process in leftovers.belonging(str(self.places.run), name):
            if any("model_service_worker" in word for word in _command(process)):
                return process.pid
        return None

    def left(self) -> list[psutil.Process]:
        """Every live process of it, supervisor and workers included, whether supervisor knows it or not."""
        return leftovers.belonging(str(self.places.run))

    def processes(self) -> list[ProcessInfo]:
        """What supervisor knows of each, in the order in which they are needed."""
        known = {info.name: info for info in self.supervision.processes()}
        return [known.pop(name) for name in self.names if name in known] + list(known.values())

    def planned(self) -> list[Replica]:
        """The replicas of its parts."""
        return [one for one in self.plan.replicas() if one.stage in self.parts]

    def check_archives(self) -> None:
        """Refuse to go on where a replica would have no archive.

        Raises:
            NoArchiveError: says which, and what builds it.
        """
        for release in self.plan.releases:
            stages = [one.stage for one in self.planned() if one.release == release and one.number == 1]
            folder = archives_of(release, self.archives)
            if missing := [stage for stage in stages if not (folder / f"{stage}.mar").exists()]:
                build = "`make models`" if release == STABLE else f"`make models RELEASE={release} STORE=FOLDER`"
                raise NoArchiveError(f"No archive of {', '.join(missing)} in {folder}. {build} builds them.")

    def check_signatures(self) -> Signed:
        """What the archives of all replicas are, as somebody trusted signed them.

        Raises:
            ArchiveRefusedError: says which is not as somebody trusted signed it, and what is wrong.
        """
        wanted = {(one.release, one.stage) for one in self.planned()}
        try:
            keys = public_keys(self.trusted) if wanted else []
            found = {
                (release, stage): opened(archives_of(release, self.archives) / f"{stage}.mar", keys).seal
                for release, stage in sorted(wanted)
            }
        except SealError as error:
            raise ArchiveRefusedError(
                f"{error}. It was not started. If you know why it changed, build it anew (`make models`), or trust the "
                "key that signed it: docs/operations.md, Signed archives."
            ) from error
        return {at: Archive(version=seal.version, digest=seal.digest) for at, seal in found.items()}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []

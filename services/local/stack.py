"""The stack on this machine: one object that brings it up, waits for it, scales it, looks at it and takes it down.

stack = Stack(tmp_path, Ports.free(), archives, {"CXR_DEADLINE_S": "3"}, plan=Plan.parse("classifier=2"))
stack.up()
stack.wait_ready(60)
httpx.post(f"{stack.url}/v1/assessments", ...)
stack.scale(Plan.parse("classifier=3"))
stack.stop("classifier-3")
stack.down()
"""

from collections.abc import Sequence

from local import leftovers, memory, ports, releases, scaling, waiting
from local.answering import Answering
from local.errors import AlreadyUpError
from local.plan import Plan
from local.processes import Processes
from local.runtimes import Runtimes
from local.supervision import own_environment
from local.waiting import Report, unsaid


class Stack(Processes):
    """All of a stack's processes, brought up and taken down together."""

    def check_down(self) -> None:
        """Raises AlreadyUpError where it is up."""
        if self.is_up():
            raise AlreadyUpError(
                f"The stack is already up, at {self.url}, with {self.plan.told()}. "
                "`make down` stops it, `make scale` adds and removes replicas."
            )

    def up(self) -> None:
        """Start every process at once, after looking for what would stop them.

        Films go to the releases that they went to when the stack went down, as far as those still may answer.

        Raises:
            StackError: the file of releases is not one.
            AlreadyUpError, PortTakenError, NoRoomError, NoMemoryError: as their names say.
            NoJavaError, NoValkeyError, NoArchiveError: something to run is missing.
            ArchiveRefusedError: an archive is not as somebody trusted signed it.
        """
        self.check_down()
        leftovers.sweep(str(self.places.run))
        restored = {}
        for file, stages in releases.files(self.places.run, self.plan):
            restored[file, stages] = Answering(file, self.archives, self.trusted, stages).restored(self.plan)
            self.adopt(restored[file, stages].plan)
        self.check_archives()
        memory.check(memory.OTHERS_BYTES + memory.needed(self.plan, self.planned()))
        ports.check_free(self.ports.named(self.names))
        self.runtimes = Runtimes.found(own_environment(self.env))
        for log in self.places.logs():
            log.unlink()
        self.prepare(self.names)
        for (file, stages), back in restored.items():
            releases.begin(file, self.plan, self.ports, self.signed, back.choice, back.previous, stages)
        self.supervision.launch(own_environment(self.env))

    def wait_ready(self, timeout_s: float = 60, report: Report = unsaid, names: Sequence[str] = ()) -> None:
        """Return when every process, or those of names, answers for itself, and the gateway for all of them.

        Raises:
            DiedError: one ends whenever it is started.
            NotReadyError: timeout_s passed.
        """
        waiting.until_ready(self, names or self.names, timeout_s, report)

    def scale(self, plan: Plan, report: Report = unsaid) -> None:
        """Start and stop replicas until they are those of a plan; no other process notices. See scaling.scale."""
        scaling.scale(self, plan, report)

    def down(self) -> None:
        """Stop everything, whatever state it is in; its logs are left, and the file that says which release answers."""
        self.supervision.shutdown(timeout_s=20)
        leftovers.sweep(str(self.places.run))
        self.places.clear()

"""Waiting until processes of a stack can do their work."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from local import readiness
from local.errors import DiedError, NotReadyError
from local.logs import last_lines
from local.plan import Replica
from local.processes import Processes

Report = Callable[[str, str], None]
"""Called with a process's name and what there is to say about it."""


POLL_S = 0.25
"""Between two rounds of questions: those who are asked and who asks use the processors that are waited for."""

MAX_LIVES = 4
"""As many as supervisor gives a process that dies within its first seconds (startretries in local.programs); on a slow
machine one that cannot start takes longer to find that out, and supervisor would begin it anew for ever."""


def unsaid(name: str, text: str) -> None:
    """A report that nobody hears."""


def until_ready(stack: Processes, names: Sequence[str], timeout_s: float, report: Report) -> None:
    """Return when the named processes can answer.

    Raises:
        DiedError: one ends whenever it is started.
        NotReadyError: timeout_s passed.
    """
    started = time.monotonic()
    awaited = list(names)
    lives: dict[str, set[int]] = {name: set() for name in names}
    with ThreadPoolExecutor(len(awaited)) as pool:
        while awaited:
            asked = {pool.submit(_told, stack, name): name for name in awaited}
            for answer in as_completed(asked):
                if told := answer.result():
                    awaited.remove(asked[answer])
                    report(asked[answer], f"{told}, after {time.monotonic() - started:.1f} s")
            _check_alive(stack, lives)
            if awaited and time.monotonic() - started > timeout_s:
                late = stack.places.log(awaited[0])
                raise NotReadyError(
                    f"Not ready after {timeout_s:.0f} s: {', '.join(awaited)}. "
                    f"The last lines of {late}:\n{last_lines(late, 15)}"
                )
            time.sleep(POLL_S)


def _told(stack: Processes, name: str) -> str | None:
    """What there is to say of a process that can answer; None while it cannot."""
    if replica := Replica.named(name):
        description = readiness.describe(replica.stage, stack.target(name), timeout_s=2)
        return f"ready, version {description.version}" if description else None
    if name == "valkey":
        return "ready" if readiness.valkey_ready(stack.redis) else None
    return "ready" if readiness.http_ready(stack.address(name), timeout_s=2) else None


def _check_alive(stack: Processes, lives: dict[str, set[int]]) -> None:
    """Adds to the process ids that each process has had; raises DiedError where one dies again and again."""
    for info in stack.supervision.processes():
        if info.name not in lives:
            continue
        lives[info.name] |= {info.pid} - {0}
        if info.state in ("FATAL", "EXITED") or len(lives[info.name]) > MAX_LIVES:
            log = stack.places.log(info.name)
            raise DiedError(f"The {info.name} does not stay up. The last lines of {log}:\n{last_lines(log, 15)}")

"""The stack in one table."""

import psutil
from rich.markup import escape
from rich.table import Table

from local import leftovers, readiness
from local.errors import NotUpError
from local.plan import Replica
from local.stack import Stack
from local.top.minute import last_minute


def table(stack: Stack) -> Table:
    """Process, state, uptime, pid, memory (its children's too), and whether it can answer.

    Raises:
        NotUpError: there is no stack, or only what a killed supervisor left.
    """
    if not stack.is_up():
        if left := stack.left():
            raise NotUpError(f"Supervisor is gone, but {len(left)} of its processes run. `make down` ends them.")
        raise NotUpError("The stack is not up: `make up` starts it.")
    shown = Table(
        "process", "release", "state", "up", "pid", "memory", "answers", title=f"Gateway: {stack.url}", title_style=""
    )
    total = 0
    for info in stack.processes():
        bytes_used = _memory(leftovers.belonging(str(stack.places.run), info.name))
        total += bytes_used
        answers = _answers(stack, info.name)
        up = f"{info.uptime_s // 3600}:{info.uptime_s // 60 % 60:02}:{info.uptime_s % 60:02}"
        replica = Replica.named(info.name)
        release = replica.release if replica else ""
        state, pid, used = info.state.lower(), str(info.pid or ""), f"{bytes_used / 1e6:.0f} MB"
        shown.add_row(info.name, release, state, up, pid, used, answers)
    total += _memory(leftovers.belonging(str(stack.places.run), "supervisor"))
    memory = f"{total / 1e6:.0f} MB in total, including supervisor (shared pages counted once)"
    shown.caption = "\n".join(filter(None, (last_minute(stack), memory, *map(escape, stack.answering()))))
    shown.caption_style = ""
    return shown


def _answers(stack: Stack, name: str) -> str:
    if replica := Replica.named(name):
        if name not in stack.ports.stages:
            return "unknown: it is being added or removed"
        description = readiness.describe(replica.stage, stack.target(name), timeout_s=3)
        return f"yes, version {description.version}" if description else "no"
    if name == "valkey":
        return "yes" if readiness.valkey_ready(stack.redis) else "no"
    return "yes" if readiness.http_ready(stack.address(name), timeout_s=5) else "no"


def _memory(processes: list[psutil.Process]) -> int:
    """Proportional set size: pages that processes share are divided among them."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue  # it just ended
    return total

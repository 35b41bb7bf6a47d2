"""Reading the processes' logs: merged by time, each line with its process's name before it.

A stage's name stands for all its replicas, of every release; a replica's own name, such as classifier-2, for it alone
unless it is the stage's.
"""

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from local.places import Places
from local.plan import Replica

TIMES = (
    (re.compile(r'"timestamp": ?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)'), "%Y-%m-%dT%H:%M:%S.%f"),  # ours
    (re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+)"), "%Y-%m-%dT%H:%M:%S.%f"),  # TorchServe's
    (re.compile(r"^\d+:\w (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+)"), "%d %b %Y %H:%M:%S.%f"),  # Valkey's
)


def last_lines(log: Path, count: int) -> str:
    """The end of a log, indented."""
    return "\n".join(f"  {line}" for line in _tail(log, count)) or "  (nothing)"


def wanted(places: Places, processes: tuple[str, ...]) -> list[str]:
    """The processes of these names, and the replicas of these stages, that have a log."""
    return [log.stem for log in places.logs() if log.stem in processes or _stage(log.stem) in processes]


def merged(places: Places, processes: tuple[str, ...], count: int) -> Iterator[str]:
    """The last lines of each process's log, all in the order of their times, labelled."""
    lines: list[tuple[float, str]] = []
    for process in wanted(places, processes):
        at = 0.0
        for line in _tail(places.log(process), count):
            at = _time(line) or at  # a line without a time belongs to the one before it
            lines.append((at, _labelled(process, line)))
    return (line for _, line in sorted(lines, key=lambda timed: timed[0]))


def follow(places: Places, processes: tuple[str, ...], poll_s: float = 0.3) -> Iterator[str]:
    """What is added to the logs after this call, labelled, those of replicas that are added too; never ends."""
    read = {process: _size(places.log(process)) for process in wanted(places, processes)}

    def added() -> Iterator[str]:
        while True:
            for process in wanted(places, processes):
                lines, read[process] = _after(places.log(process), read.get(process, 0))
                yield from (_labelled(process, line) for line in lines)
            time.sleep(poll_s)

    return added()


def _stage(process: str) -> str | None:
    replica = Replica.named(process)
    return replica.stage if replica else None


def _after(log: Path, position: int) -> tuple[list[str], int]:
    """The whole lines after a position, and the position after them; from the start where the log is a new one."""
    size = _size(log)
    if size == position:
        return [], position
    with log.open("rb") as file:
        file.seek(position if size > position else 0)
        whole, newline, _ = file.read().rpartition(b"\n")
        lines = whole.decode(errors="replace").split("\n") if newline else []
        return lines, (position if size > position else 0) + len(whole + newline)


def _labelled(process: str, line: str) -> str:
    return f"{process:>13} | {line}"


def _tail(log: Path, count: int) -> list[str]:
    if not log.exists():
        return []
    with log.open(errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, count)]


def _time(line: str) -> float | None:
    for pattern, form in TIMES:
        if found := pattern.search(line):
            moment = datetime.strptime(found[1], form)
            # Valkey writes local time, the others UTC.
            return (moment if "b" in form else moment.replace(tzinfo=UTC)).timestamp()
    return None


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0

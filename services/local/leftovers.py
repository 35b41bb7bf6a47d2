"""Finding and ending what belongs to a stack, also when its supervisor is gone.

Everything that the supervisor starts inherits CXR_STACK (the run folder) and CXR_PROCESS (the name), down to
TorchServe's workers: neither a pid file nor a process group says as reliably whose child an orphan was.
"""

import os
from collections.abc import Iterator

import psutil

STACK, PROCESS = "CXR_STACK", "CXR_PROCESS"


def belonging(stack: str, process: str | None = None) -> list[psutil.Process]:
    """The live processes of a stack (its run folder), or of one of its processes; this one and its callers left out."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [found for found in _marked(stack, process) if found.pid not in own]


def end(processes: list[psutil.Process], grace_s: float) -> None:
    """Ask them to end; kill what has not after grace_s."""
    for ending in processes:
        _signal(ending, kill=False)
    for ending in psutil.wait_procs(processes, grace_s)[1]:
        _signal(ending, kill=True)
    psutil.wait_procs(processes, 5)


def sweep(stack: str, process: str | None = None, grace_s: float = 2) -> int:
    """End all of them, and what they start meanwhile; how many there were."""
    ended = 0
    while processes := belonging(stack, process):
        end(processes, grace_s)
        ended += len(processes)
        grace_s = 0  # who comes back while it is told to go is told less kindly
    return ended


def _marked(stack: str, process: str | None) -> Iterator[psutil.Process]:
    for found in psutil.process_iter():
        try:
            if found.status() == psutil.STATUS_ZOMBIE:
                continue
            marks = found.environ()
        except (psutil.Error, OSError):  # another user's, or gone
            continue
        if marks.get(STACK) == stack and process in (None, marks.get(PROCESS)):
            yield found


def _signal(process: psutil.Process, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        pass

"""More or fewer replicas of a stack that is up, without a request noticing: nothing else is restarted.

A new replica is told to the gateway when it answers; one that goes is taken from the gateway first, and stopped when
nobody speaks to it any more.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator, Mapping

import psutil

from local import memory, releases
from local.errors import NotUpError, PlanError, StackError
from local.plan import STABLE, Plan, Replica, Size
from local.processes import Processes
from local.waiting import Report, until_ready
from vocabulary.problems.known import NUMBERS

READY_WITHIN_S = 120
"""Far above what a start takes, for machines that are busy."""

GRACE_S = 3
"""From a new releases.yaml to the last call that a gateway begins by the old one: it looks about once a second."""

MAX_CALL_S = 60
"""A gateway lets a call end that it began. Source: CALL_LIMIT_S of the gateway's stages."""


def scale(stack: Processes, plan: Plan, report: Report) -> None:
    """Start what the plan has more than the stack, then stop what it has less.

    Raises:
        NotUpError: the stack is not up.
        StackError: it is being scaled already.
        PlanError: the plan changes replicas that are up.
        InUseError: it removes a release that films go to.
        NoMemoryError, NoRoomError, NoArchiveError, ArchiveRefusedError: as their names say; nothing was changed.
        DiedError, NotReadyError: a new replica does not come up; it was removed again.
    """
    if not stack.is_up():
        raise NotUpError("The stack is not up: `make up` starts it.")
    with _alone(stack):
        _check_sizes(stack.plan, plan)
        for file, stages in releases.files(stack.places.run, stack.plan):
            gone = (set(releases.named(each, stages)) for each in (stack.plan, plan))
            releases.check_unused(file, next(gone) - next(gone))
        _grow(stack, _both(stack.plan, plan), report)
        _shrink(stack, plan, report)


@contextlib.contextmanager
def _alone(stack: Processes) -> Iterator[None]:
    """Two at once would each undo what the other does."""
    with (stack.places.run / "scaling.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError("Another command is scaling the stack. Try again when it has finished.") from error
        yield


def _grow(stack: Processes, plan: Plan, report: Report) -> None:
    before = stack.plan
    added = [one for one in plan.replicas() if one not in before.replicas() and one.stage in stack.parts]
    if not added:
        return
    memory.check(memory.needed(plan, added))
    names = [one.name for one in added]
    try:
        stack.adopt(plan)
        stack.prepare(names)
        new = {(one.release, one.stage) for one in added}
        for file, _ in releases.files(stack.places.run, plan):
            releases.check_pinned(file, {at: archive for at, archive in stack.signed.items() if at in new})
        stack.supervision.add(names)
        report("starting", ", ".join(names))
        until_ready(stack, names, READY_WITHIN_S, report)
    except (StackError, KeyboardInterrupt):
        _remove(stack, before, added)
        raise
    for file, stages in releases.files(stack.places.run, plan):
        releases.write(file, plan, stack.ports, before, stack.signed, stages)
    report("gateway", f"told of {', '.join(names)}")


def _shrink(stack: Processes, plan: Plan, report: Report) -> None:
    before = stack.plan
    removed = [one for one in before.replicas() if one not in plan.replicas() and one.stage in stack.parts]
    if not removed:
        return
    for file, stages in releases.files(stack.places.run, plan):
        releases.write(file, plan, stack.ports, before, stages=stages)
    time.sleep(GRACE_S)
    for one in removed:
        waited_s = _until_nobody_calls(stack.ports.stages[one.name].grpc)
        report(one.name, f"no longer called, {GRACE_S + waited_s:.1f} s after the gateway was told")
    _remove(stack, plan, removed)
    report("stopped", ", ".join(one.name for one in removed))


def _remove(stack: Processes, plan: Plan, removed: list[Replica]) -> None:
    """Stop replicas, and forget them."""
    for one in removed:
        stack.supervision.remove(one.name)
        stack.places.forget(one.name)
    stack.adopt(plan)
    stack.write()


def _until_nobody_calls(port: int) -> float:
    """Wait until no connection to a port is left, or no call on one can be; how long that took, in seconds."""
    started = time.monotonic()
    while _connections(port) and time.monotonic() - started < MAX_CALL_S:
        time.sleep(0.1)
    return time.monotonic() - started


def _connections(port: int) -> int:
    return sum(
        1
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_ESTABLISHED and each.laddr and each.laddr.port == port
    )


def _check_sizes(before: Plan, after: Plan) -> None:
    for name in NUMBERS:
        if bool(before.replicas(STABLE, name)) != bool(after.replicas(STABLE, name)):
            raise PlanError(
                f"The gateway learns at its start whether there is a {name}. "
                f'`make down`, `make up STAGES="{name}=1"` change that.'
            )
    for one in before.replicas():
        was, now = before.size(one), after.releases.get(one.release, {}).get(one.stage)
        if now is not None and (was.workers, was.threads) != (now.workers, now.threads):
            raise PlanError(
                f"{one.name} is up, with workers={was.workers} and threads={was.threads or 'its own'}: only how many "
                'replicas there are can be changed meanwhile. `make down`, `make up STAGES="..."` change the rest.'
            )


def _both(one: Plan, other: Plan) -> Plan:
    """The larger number of replicas of either, stage by stage."""
    releases_of_both = {**one.releases, **other.releases}
    return Plan({name: _larger(one.releases.get(name, {}), other.releases.get(name, {})) for name in releases_of_both})


def _larger(one: Mapping[str, Size], other: Mapping[str, Size]) -> dict[str, Size]:
    both = {stage: [sizes[stage] for sizes in (one, other) if stage in sizes] for stage in {**one, **other}}
    return {stage: max(sizes, key=lambda size: size.replicas) for stage, sizes in both.items()}

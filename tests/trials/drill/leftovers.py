"""What a fault leaves behind: processes, temporary files, requests that nobody ends, assessments that nobody lists."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import psutil

from client.token import of_environment
from local.leftovers import PROCESS
from tests.trials.drill.films import PATH
from tests.trials.drill.site import Site

AT_REST_S = 15
"""For all that is on its way to end. Source: a call that nobody waits for any more may take that long to."""
POLL_S = 0.3

SETTLED_S = 4
"""Without a new process, for a site to be complete. Source: the gateway's process that decodes compressed pixels comes
two seconds after the stages are up; twice that."""

ZERO = ("cxr_in_flight", "cxr_buffered_bytes", "cxr_feed_unlisted", "cxr_stage_in_flight", "cxr_stage_queued")
"""The gateway's gauges that are 0 where nothing is asked."""
PAGE = 1000


@dataclass(frozen=True)
class Rest:
    """A site where nothing is asked."""

    processes: Counter[str]
    """Process and program to how many there are."""
    files: Counter[str]
    """Process to its temporary files."""
    listed: int
    """Entries of the feed."""
    busy: dict[str, float]
    """Gauges that are not 0."""

    @classmethod
    def of(cls, site: Site) -> Self:
        """As it is now."""
        busy = {name: value for name, value in site.metrics().items() if name.partition("{")[0] in ZERO and value}
        return cls(_processes(site), _files(site), _listed(site.url), busy)

    @classmethod
    def settled(cls, site: Site) -> Self:
        """As it is once no more processes come, or after AT_REST_S."""
        end, now = time.monotonic() + AT_REST_S, cls.of(site)
        while time.monotonic() < end:
            before = now
            time.sleep(SETTLED_S)
            now = cls.of(site)
            if now.processes == before.processes:
                break
        return now


def left(site: Site, before: Rest, finished: int, forgets: bool) -> list[str]:
    """What is more than before when all should be at rest; each a phrase.

    Args:
        site: without load.
        before: the fault.
        finished: assessments that were answered since.
        forgets: whether some may be missing in the feed.
    """
    end = time.monotonic() + AT_REST_S
    while found := _left(Rest.of(site), before, None if forgets else finished):
        if time.monotonic() > end:
            break
        time.sleep(POLL_S)
    return found


def _left(now: Rest, before: Rest, finished: int | None) -> list[str]:
    unlisted = 0 if finished is None else before.listed + finished - now.listed
    return [
        *(f"{name} is {value:g}" for name, value in now.busy.items()),
        *(f"{count} more {name}" for name, count in (now.processes - before.processes).items()),
        *(f"{count} fewer {name}" for name, count in (before.processes - now.processes).items()),
        *(f"{count} temporary files of {name}" for name, count in (now.files - before.files).items()),
        *([f"{unlisted} assessments are not listed"] if unlisted > 0 else []),
    ]


def _processes(site: Site) -> Counter[str]:
    found: Counter[str] = Counter()
    for process in site.everything():
        try:
            command, owner, state = process.cmdline(), process.environ().get(PROCESS), process.status()
        except psutil.Error:
            continue
        program = Path(command[0]).name if command else process.name()
        script = next((Path(word).name for word in command[1:] if word.endswith(".py")), "")
        stopped = " that stands still" if state == psutil.STATUS_STOPPED else ""
        found[f"{owner} process ({program}{' ' * bool(script)}{script}){stopped}"] += 1
    return found


def _files(site: Site) -> Counter[str]:
    found: Counter[str] = Counter()
    for stack in (site.stages, site.front):
        for name in stack.names:
            found[name] = sum(1 for _ in stack.places.temporary(name).rglob("*"))
    return found


def _listed(url: str) -> int:
    """How many assessments the feed lists; entries that came twice are one."""
    known: set[str] = set()
    cursor = ""
    try:
        with httpx.Client(base_url=url, timeout=10, auth=of_environment()) as client:
            while True:
                page = client.get(PATH, params={"limit": PAGE, **({"after": cursor} if cursor else {})}).json()
                known |= {each["id"] for each in page["assessments"]}
                if not page["assessments"]:
                    return len(known)
                cursor = page["next"]
    except (httpx.HTTPError, ValueError, KeyError):
        return 0

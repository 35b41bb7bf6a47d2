"""One fault: watch, break, watch, mend, watch until it is well again, and look at what is left."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from client.token import of_environment
from tests.trials.drill import leftovers
from tests.trials.drill.answers import Worth
from tests.trials.drill.fault import Fault
from tests.trials.drill.films import FRESH, PATH
from tests.trials.drill.load import Load
from tests.trials.drill.score import Moments, Score, normal_s, recovered
from tests.trials.drill.site import Site

POLL_S = 0.2


@dataclass(frozen=True)
class Form:
    """How long it is watched, and how hard the site works meanwhile."""

    before_s: float
    settle_s: float
    """Films have to be well for so long before it counts as recovered."""
    patience_s: float
    """After which it has not recovered."""
    least_normal_s: float
    """A film that takes less is never slow."""
    share: float
    """Of the capacity."""


LONG = Form(before_s=4, settle_s=4, patience_s=45, least_normal_s=0.25, share=0.4)
SHORT = Form(before_s=1.5, settle_s=1.5, patience_s=45, least_normal_s=2.0, share=0.25)
"""For machines that do other things at the same time."""


def drill(fault: Fault, site: Site, per_s: float, form: Form) -> Score:
    """Try one fault under load.

    Raises:
        SkippedError: this machine cannot have it.
    """
    fault.prepare(site)
    rest = leftovers.Rest.settled(site)
    with Load(site.url, site.films, per_s) as load:
        site.load = load
        time.sleep(form.before_s)
        normal = normal_s(load.answers, form.least_normal_s)
        injected = time.monotonic()
        fault.inject(site)
        try:
            time.sleep(fault.hold_s)
        finally:
            fault.mend(site)
        at = Moments(injected, time.monotonic() if fault.hold_s else injected, normal)
        _wait(load, at, form)
    wrong = fault.check(site)
    finished = sum(each.worth is Worth.ANSWERED for each in load.answers)
    left = leftovers.left(site, rest, finished, fault.forgets)
    return Score.of(fault.name, fault.must(), load.answers, at, wrong, left)


def capacity(site: Site, seconds: float, at_once: int = 4) -> float:
    """Films a second, where as many are always at work; for choosing a modest load, not for publishing."""
    end = time.monotonic() + seconds

    def ask() -> int:
        count = 0
        with httpx.Client(base_url=site.url, timeout=30, auth=of_environment()) as client:
            while time.monotonic() < end:
                for film in site.films:
                    client.post(PATH, content=film.data, headers={"Content-Type": film.kind, **FRESH})
                    count += 1
        return count

    with ThreadPoolExecutor(at_once) as pool:
        asked = [pool.submit(ask) for _ in range(at_once)]
    return sum(each.result() for each in asked) / seconds


def _wait(load: Load, at: Moments, form: Form) -> None:
    """Return when films have been well for a while, or patience ends."""
    end = time.monotonic() + form.patience_s
    while time.monotonic() < end:
        waiting = list(load.open.values())
        overdue = [begun for begun in waiting if time.monotonic() - begun > at.normal_s]
        again = recovered(list(load.answers), at, overdue)
        known_until = min(waiting, default=time.monotonic())
        if again is not None and known_until - max(again, at.mended) > form.settle_s:
            return
        time.sleep(POLL_S)

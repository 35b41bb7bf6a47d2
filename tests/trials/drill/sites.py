"""Where faults are tried: the cascade alone, and the whole ward on a disk and by a clock of its own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.plan import Plan
from tests.trials.drill.site import Site, clear
from tests.trials.drill.ward import Clock, disk

PLAN = Plan.parse("classifier=2")


@contextmanager
def cascade(folder: Path, archives: Path, plan: Plan = PLAN) -> Iterator[Site]:
    """Valkey, stages and gateway.

    The discriminator's processes are broken, and the segmenter's network; the classifier has two replicas, of which the
    second is behind a proxy.
    """
    clear(folder)
    site = Site(folder, archives, plan, proxied=("segmenter", "classifier-2"))
    try:
        yield site.up()
    finally:
        site.down()


@contextmanager
def ward(folder: Path, archives: Path) -> Iterator[Site]:
    """With listener and reading room; without what this machine cannot have, whose faults are then skipped."""
    clear(folder)
    clock = Clock.made(folder.parent)
    env = {"CXR_SCP_LEAST_FREE_BYTES": "0"}  # with its reserve it would refuse before the disk does
    env |= clock.environment if clock else {}
    with disk(folder) as own:
        site = Site(folder, archives, Plan(), front=("gateway", "scp", "review"), env=env)
        site.disk, site.clock = own, clock
        try:
            yield site.up()
        finally:
            site.down()
            clear(logs := folder.with_name("ward-logs"))  # what is on a disk in memory is gone with it
            for log in folder.glob("*/logs/*.log"):
                shutil.copy(log, logs)


SITES = {"cascade": cascade, "ward": ward}

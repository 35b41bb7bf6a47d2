"""Services exchanged for those of another version while films come by HTTP and C-STORE."""

import re
import time
from collections.abc import Iterator, Sequence

from tests.trials.containers import dicom
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.faults import FRONT, VALKEY
from tests.trials.containers.load import ANSWERED, HUNG_UP, LOST, Load
from tests.trials.containers.modality import Modality
from tests.trials.containers.report import Report
from tests.trials.containers.site import HANDBOOK, Site
from vocabulary.stages import STAGES

CACHE = (VALKEY, FRONT)
"""A gateway may not read what one of another version kept: both are exchanged while nothing is assessed."""

READING = re.compile("arrived|feed away")
"""In the reading room's log: it takes films in, or cannot read which there are."""

QUIET_S = 30
"""As the handbook has it. A film that takes longer to be taken in ends in `feed away`."""

READ_WITHIN_S = 300
"""The films that were assessed while the stages were there, on a busy machine."""

SEEDS = 1000
"""From here on, those of films by C-STORE."""

BEFORE = 3
"""Films that are answered before an exchange, and after it."""


def documented(*words: str) -> list[str]:
    """The words of one of the handbook's commands.

    Raises:
        AssertionError: the handbook has none such.
    """
    assert f"docker compose {' '.join(words)}" in HANDBOOK.read_text(), f"{words} are as documented"
    return list(words)


def exchanged(report: Report, site: Site, services: Sequence[str], seed: int) -> None:
    """Stop those of before, and start those of now."""
    with report.step(f"upgrade: {', '.join(services)} exchanged under load") as step:
        with Load(site.compose.client, seed) as load, Modality(SEEDS + seed) as modality:
            load.wait_answered(BEFORE)
            exchange(site, services)
            site.compose.wait_healthy()
            load.wait_answered(BEFORE)
        site.films += modality.taken
        step.tell(f"{load.told()}; {modality.told()}")
        lost = load.counts[LOST] + (load.counts[HUNG_UP] if FRONT not in services else 0)
        step.expect(not lost, f"{lost} lost: {', '.join(sorted(set(load.lost)))}")
        step.expect(load.counts[ANSWERED] >= 2 * BEFORE, "films are not answered again")
        step.expect(modality.taken, "no film was taken meanwhile")


def exchange(site: Site, services: Sequence[str]) -> None:
    """As the handbook tells.

    Raises:
        ContainersError: one of them is not up in time.
    """
    for part in parts(site, services):
        site.compose(*documented("up", "--wait", "--no-deps", *part))


def parts(site: Site, services: Sequence[str]) -> Iterator[Sequence[str]]:
    """Those that are exchanged together, one after the other: the cache while the stages are stopped.

    Raises:
        ContainersError: the reading room does not come to its end.
    """
    if set(CACHE) <= set(services):
        feed_read(site)
        yield CACHE
    yield [each for each in services if each not in CACHE]


def feed_read(site: Site) -> None:
    """Stop the stages, so that nothing is assessed, until the reading room has taken in all that was.

    Raises:
        ContainersError: it goes on and on.
    """
    site.compose(*documented("stop", *STAGES))
    words = documented("logs", "--since", f"{QUIET_S}s", "review")

    def quiet() -> bool:
        time.sleep(QUIET_S)
        return not READING.search(site.compose(*words))

    if not dicom.until(quiet, READ_WITHIN_S):
        raise ContainersError("no film is assessed, and the reading room still takes some in, or cannot read the feed")

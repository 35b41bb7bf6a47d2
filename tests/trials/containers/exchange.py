"""Services exchanged for those of another version while films come by HTTP and C-STORE."""

from collections.abc import Sequence

from tests.trials.containers.load import ANSWERED, HUNG_UP, LOST, Load
from tests.trials.containers.modality import Modality
from tests.trials.containers.report import Report
from tests.trials.containers.site import HANDBOOK, Site

FRONT = "gateway"
"""Nothing is before it that could answer while it is away."""

SEEDS = 1000
"""From here on, those of films by C-STORE."""

BEFORE = 3
"""Films that are answered before an exchange, and after it."""


def documented(services: Sequence[str]) -> list[str]:
    """The words of the handbook's command that exchanges these.

    Raises:
        AssertionError: the handbook has none.
    """
    words = ["up", "--wait", "--no-deps", *services]
    assert f"docker compose {' '.join(words)}" in HANDBOOK.read_text(), f"{words} are as documented"
    return words


def exchanged(report: Report, site: Site, services: Sequence[str], seed: int) -> None:
    """Stop those of before, and start those of now."""
    with report.step(f"upgrade: {', '.join(services)} exchanged under load") as step:
        with Load(site.compose.client, seed) as load, Modality(SEEDS + seed) as modality:
            load.wait_answered(BEFORE)
            site.compose(*documented(services))
            site.compose.wait_healthy()
            load.wait_answered(BEFORE)
        site.films += modality.taken
        step.tell(f"{load.told()}; {modality.told()}")
        lost = load.counts[LOST] + (load.counts[HUNG_UP] if FRONT not in services else 0)
        step.expect(not lost, f"{lost} lost: {', '.join(sorted(set(load.lost)))}")
        step.expect(load.counts[ANSWERED] >= 2 * BEFORE, "films are not answered again")
        step.expect(modality.taken, "no film was taken meanwhile")

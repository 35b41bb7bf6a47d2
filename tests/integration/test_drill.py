"""The faults that tell most, for short: `make trial ARGS="drill"` tries all of them, and for longer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.plan import Plan
from tests.trials.drill.answers import Worth
from tests.trials.drill.drill import SHORT, drill
from tests.trials.drill.fault import Fault
from tests.trials.drill.faults import TELLING
from tests.trials.drill.site import Site
from tests.trials.drill.sites import cascade

PER_S = 3.0
"""Films: a tenth of what two idle cores do, so that it is modest on busy ones too."""

AGAIN_WITHIN_S = 30
"""Of mending. On an idle machine the aim is 10; others may be using this one."""

DEADLINE_S = 10
"""The gateway's: who is not told before that is told by then."""


@pytest.fixture(scope="module")
def site(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The cascade, with one replica of each stage."""
    with cascade(tmp_path_factory.mktemp("drill") / "cascade", archives, Plan()) as running:
        yield running


@pytest.mark.parametrize("kind", [pytest.param(each, id=each.name.replace(" ", "-")) for each in TELLING])
def test_nothing_is_wrong_little_is_lost_and_it_is_well_again(site: Site, kind: type[Fault]):
    score = drill(kind(), site, PER_S, SHORT)

    assert score.nothing_wrong, score
    assert score.after_mend_s is not None and score.after_mend_s <= AGAIN_WITHIN_S, score
    assert not score.leftovers, score
    # Who was in flight, and who came before anybody could notice it.
    assert score.counts[Worth.LOST] <= score.in_flight + PER_S * DEADLINE_S / 2, score
    assert site.wait_ready()

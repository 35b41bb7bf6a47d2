"""The table of what readers' numbers are worth, of a hospital that is drawn."""

import numpy as np

from learning.numbers.served import Answered
from tests.trials.learn.measured import READERS, Site, lines, table


def test_a_habit_is_learned_and_shuffled_numbers_promote_nothing() -> None:
    random = np.random.default_rng(0)
    value = random.uniform(40, 200, 500)
    answered = Answered(value, np.full(500, 20.0), np.ones(500, bool))
    site = Site(answered, value + random.normal(0, 12, 500), np.linspace(0, 240, 41))

    rows = table(site, draws=3)

    found = {(row["readers"], row["films"]): row for row in rows}
    moved, shuffled = found["12 months more", 200], found["of other films (shuffled)", 200]
    assert moved["after"] < moved["before"] - 1 and moved["held"] > moved["held_before"]
    assert (moved["promoted"], moved["promoted_and_worse"], shuffled["promoted"]) == (1.0, 0.0, 0.0)
    assert len(lines(rows)) == 2 + 2 * len(READERS)

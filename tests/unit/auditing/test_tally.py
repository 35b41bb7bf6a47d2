"""What happens again and again leaves few rows, and how often it was is told."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf

from auditing.row import Row
from auditing.tally import FLOOD, HOURLY, ONCE, Tally


def row(who="ris"):
    return Row(datetime.now(UTC), who, "caller.unknown", None, {"address": "10.1.1.7"})


def test_a_flood_leaves_its_first_row_and_how_many_more_there_were():
    tally = Tally(FLOOD)
    written = [each for _ in range(10_000) for each in tally.take("a", row(), now=0.0)]

    assert len(written) == 1 and "more" not in written[0].detail
    assert tally.over(59.0) == []
    (last,) = tally.over(60.0)
    assert last.detail == {"address": "10.1.1.7", "more": 9_999}
    assert len(tally.take("a", row(), now=61.0)) == 1


def test_a_flood_from_many_addresses_is_told_together_beyond_some():
    tally = Tally(FLOOD)
    written = [each for number in range(10_000) for each in tally.take(number, row(str(number)), now=0.0)]

    assert len(written) == FLOOD.most + 1
    assert (written[-1].who, written[-1].detail) == (None, {"others": True})
    assert [each.detail["more"] for each in tally.over(inf)] == [10_000 - FLOOD.most - 1]


def test_what_is_read_again_and_again_is_told_once_an_hour():
    tally = Tally(ONCE)

    assert len(tally.take("a", row(), now=0.0)) == 1
    assert tally.take("a", row(), now=3599.0) == []
    assert len(tally.take("a", row(), now=3600.0)) == 1
    assert tally.over(inf) == []


def test_of_too_many_different_ones_the_oldest_is_let_go_with_its_count():
    tally = Tally(replace(HOURLY, most=2))
    for name in ("a", "a", "b"):
        tally.take(name, row(name), now=0.0)

    written = tally.take("c", row("c"), now=1.0)

    assert [(each.who, each.detail.get("more")) for each in written] == [("a", 1), ("c", None)]

"""The score card, for people."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.trials.drill.answers import Worth
from tests.trials.drill.score import Score

COLUMNS = (
    *("fault", "held, s", "sent", "answered", "refused", "lost", "lost new", "no gateway", "wrong"),
    *("slowest, s", "recovered, s", "after repair, s", "left behind", "targets"),
)


def cells(score: Score) -> list[str]:
    """One row, in the order of COLUMNS."""
    counts = score.counts
    return [
        score.name,
        f"{score.held_s:g}",
        str(score.sent),
        *(str(counts[each]) for each in (Worth.ANSWERED, Worth.REFUSED, Worth.LOST)),
        str(score.lost_later),
        str(counts[Worth.UNREACHABLE]),
        str(counts[Worth.WRONG] + len(score.wrong)),
        f"{score.slowest_s:g}",
        _seconds(score.recovered_s),
        _seconds(score.after_mend_s),
        "; ".join(score.leftovers) or "nothing",
        verdict(score),
    ]


def verdict(score: Score) -> str:
    """Met, or which are missed."""
    missed = [target for target, met in score.verdicts.items() if not met]
    return f"missed: {', '.join(missed)}" if missed else "met"


def table(card: Sequence[Score]) -> Table:
    """The whole card."""
    whole = Table(*COLUMNS)
    for score in card:
        whole.add_row(*map(escape, cells(score)), style=_colour(score))
    return whole


def show(console: Console, score: Score) -> None:
    """One fault, as soon as it is over."""
    counts = ", ".join(f"{count} {worth}" for worth, count in score.counts.items() if count)
    again = "never" if score.after_mend_s is None else f"{score.recovered_s:g} s, {score.after_mend_s:g} s after repair"
    said = f"  {score.name}: {counts} of {score.sent}; recovered: {again}; {verdict(score)}"
    console.print(f"[{_colour(score)}]{escape(said)}[/]")
    for told, count in score.told.items():
        console.print(f"      {count} x {escape(told)}")
    for each in (*score.wrong, *score.leftovers):
        console.print(f"      {escape(each)}")


def _colour(score: Score) -> str:
    if not score.nothing_wrong:
        return "red"
    return "green" if all(score.verdicts.values()) else "yellow"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:g}"

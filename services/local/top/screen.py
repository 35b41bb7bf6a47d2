"""The figures as tables for people."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.top.figures import Figures, PartFigures, ProblemFigures
from local.top.sources import ListenerFigures, Now, ReadingRoomFigures

BAR = 20
"""Characters of the longest bar."""


def screen(now: Now, url: str) -> RenderableType:
    """All of them, the most asked for first."""
    films = now.gateway
    head = Text(f"{films.films_per_s:.2f} films/s", style="bold")
    head.append(f"  over {films.window_s:g} s; {films.taken.astimezone():%H:%M:%S}; {url}", style="not bold")
    left = Group(
        _lanes(films), _stages(films), _counts("Refused, by reason", films.refusals), _problems(films.problems)
    )
    right = Group(_parts(films.parts), _queue(films))
    others = [_listener(now.listener), _reading_room(now.reading_room)]
    return Group(head, "", Columns([left, right], padding=(0, 4)), Columns([each for each in others if each]))


def _lanes(films: Figures) -> Table:
    table = _table("Films", "lane", "films/s", "p50", "p95", "told to come back")
    for name, lane in films.lanes.items():
        table.add_row(name, f"{lane.films_per_s:.2f}", _ms(lane.p50_ms), _ms(lane.p95_ms), str(lane.rejected))
    return table


def _stages(films: Figures) -> Table:
    table = _table("Stages", "stage", "up", "down", "calls", "queued", "errors", "retries")
    for name, stage in films.stages.items():
        down = Text(str(stage.down), style="red" if stage.down or not stage.up else "")
        calls = f"{stage.in_flight} of {stage.limit}"
        table.add_row(name, str(stage.up), down, calls, str(stage.queued), str(stage.errors), str(stage.retries))
    return table


def _parts(parts: Sequence[PartFigures]) -> Table:
    longest = max((part.mean_ms or 0 for part in parts[:-1]), default=0)
    table = _table("Where a film's time goes (mean of a call)", "part", "ms", "")
    table.columns[2].justify = "left"
    for part in parts:
        length = round(BAR * (part.mean_ms or 0) / longest) if longest and part is not parts[-1] else 0
        table.add_row(part.name, "" if part.mean_ms is None else f"{part.mean_ms:.1f}", "█" * length)
    return table


def _queue(films: Figures) -> Table:
    table = _table("Queue, cache, outcomes", "", "")
    table.show_header = False
    table.add_row("films at work or waiting", str(films.in_flight))
    table.add_row("expected wait", f"{films.expected_wait_s:.1f} s")
    table.add_row("from the cache", "" if films.cache_hits is None else f"{films.cache_hits:.0%}")
    for result, count in films.cache.items():
        table.add_row(f"  {result}", str(count))
    table.add_row("Redis", "answers" if films.redis else Text("away", style="red"))
    for outcome, count in films.outcomes.items():
        table.add_row(outcome, str(count))
    return table


def _problems(problems: Sequence[ProblemFigures]) -> RenderableType:
    if not problems:
        return Text("\nNo problems since the gateway started.")
    table = _table("Last problems", "code", "count", "last")
    for each in problems:
        table.add_row(each.code, str(each.count), _when(each.last))
    return table


def _counts(title: str, counts: Mapping[str, int]) -> RenderableType:
    if not counts:
        return Text()
    table = _table(title, "", "films")
    for name, count in counts.items():
        table.add_row(name.replace("_", " "), str(count))
    return table


def _listener(listener: ListenerFigures | None) -> RenderableType | None:
    if listener is None:
        return None
    table = _table("Listener", "", "")
    table.show_header = False
    table.add_row("films a minute", f"{listener.films_per_min:g}")
    table.add_row("films that wait", str(listener.waiting))
    table.add_row("dead letters", Text(str(listener.dead), style="red" if listener.dead else ""))
    for route, count in listener.to_deliver.items():
        table.add_row(f"results for {route}", str(count))
    for state, count in listener.ended.items():
        table.add_row(state, str(count))
    return table


def _reading_room(room: ReadingRoomFigures | None) -> RenderableType | None:
    if room is None:
        return None
    table = _table("Reading room", "", "")
    table.show_header = False
    table.add_row("opinions a minute", f"{room.opinions_per_min:g}")
    for state, count in room.films.items():
        table.add_row(f"films {state.replace('_', ' ')}", str(count))
    table.add_row("amendments that wait", str(room.amendments_waiting))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} ms"


def _when(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"

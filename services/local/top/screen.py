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
    return _facts(
        "Queue, cache, outcomes",
        {
            "films at work or waiting": films.in_flight,
            "expected wait": f"{films.expected_wait_s:.1f} s",
            "from the cache": "" if films.cache_hits is None else f"{films.cache_hits:.0%}",
            **{f"  {result}": count for result, count in films.cache.items()},
            "Redis": "answers" if films.redis else Text("away", style="red"),
            **films.outcomes,
        },
    )


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
    return _facts(
        "Listener",
        {
            "films a minute": f"{listener.films_per_min:g}",
            "films that wait": listener.waiting,
            "dead letters": Text(str(listener.dead), style="red" if listener.dead else ""),
            **{f"results for {route}": count for route, count in listener.to_deliver.items()},
            **listener.ended,
        },
    )


def _reading_room(room: ReadingRoomFigures | None) -> RenderableType | None:
    if room is None:
        return None
    return _facts(
        "Reading room",
        {
            "opinions a minute": f"{room.opinions_per_min:g}",
            **{f"films {state.replace('_', ' ')}": count for state, count in room.films.items()},
            "amendments that wait": room.amendments_waiting,
        },
    )


def _facts(title: str, facts: Mapping[str, str | int | Text]) -> Table:
    """What there is, and how much of it."""
    table = _table(title, "", "")
    table.show_header = False
    for name, fact in facts.items():
        table.add_row(name, fact if isinstance(fact, Text) else str(fact))
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

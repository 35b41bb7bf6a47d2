"""`make trial ARGS="drill"`: every fault in turn, and the score card; 1 where anything was wrong."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.coming_up import build_archives, build_pages
from local.errors import StackError
from local.places import DEFAULT_ARCHIVES, ROOT
from tests.trials.bench.facts import facts
from tests.trials.drill import docs, report
from tests.trials.drill.drill import LONG, SHORT, Form, capacity, drill
from tests.trials.drill.fault import Fault, SkippedError
from tests.trials.drill.faults import FAULTS, TELLING
from tests.trials.drill.films import UnknownFilmError
from tests.trials.drill.score import Score
from tests.trials.drill.site import Site
from tests.trials.drill.sites import SITES

BUILD = ROOT / "build"
CAPACITY_S = {LONG: 6.0, SHORT: 2.0}
MOST_PER_S = 12.0
"""Of the load, however fast the machine is: a drill is no load test."""


def main(words: Sequence[str]) -> int:
    """Break one thing after the other, print and keep."""
    options = _options(words)
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 200)
    if options.write_docs:
        docs.write(docs.PAGE, options.out)
        console.print(f"{docs.PAGE} says what {options.out} says")
        return 0
    faults = [each for each in (TELLING if options.short else FAULTS) if _wanted(each, options.only)]
    if options.list:
        for each in faults:
            console.print(f"[bold]{each.name}[/]: {escape(each.must())}")
        return 0
    form = SHORT if options.short else LONG
    figures = facts() | {"form": "short" if options.short else "long", "sites": {}}
    card: list[Score] = []
    broken = False
    for name in SITES:
        try:
            card += _site(name, faults, form, options, figures, console)
        except (StackError, UnknownFilmError) as error:
            console.print(f"[red]not drilled:[/] {escape(str(error))}")
            broken = True
    return _conclude(card, figures, options.out, console) or int(broken)


def _site(
    name: str,
    faults: list[type[Fault]],
    form: Form,
    options: argparse.Namespace,
    figures: dict[str, Any],
    console: Console,
) -> list[Score]:
    """The scores of the faults that are tried at a site."""
    here = [each() for each in faults if each.site == name]
    if not here:
        return []
    if options.archives == DEFAULT_ARCHIVES:
        build_archives(options.archives)
    if name == "ward":
        build_pages()
    with SITES[name](options.run / name, options.archives) as site:
        films_per_s = capacity(site, CAPACITY_S[form])
        per_s = min(form.share * films_per_s, MOST_PER_S)
        figures["sites"][name] = {"capacity_per_s": round(films_per_s, 1), "load_per_s": round(per_s, 1)}
        console.print(f"{name}: {site.stages.plan.told()}; {films_per_s:.1f} films/s, of which {per_s:.1f} are sent")
        scores = [try_it(fault, site, per_s, form, console) for fault in here]
        return [score for score in scores if score]


def try_it(fault: Fault, site: Site, per_s: float, form: Form, console: Console) -> Score | None:
    """Its score, printed; None where this machine cannot have it."""
    try:
        score = drill(fault, site, per_s, form)
    except SkippedError as error:
        console.print(f"  [dim]{fault.name}: skipped: {escape(str(error))}[/]")
        return None
    report.show(console, score)
    if not site.wait_ready():
        raise StackError(f"the site is not ready again after: {fault.name}. Its logs are in {site.front.places.run}")
    return score


def _conclude(card: list[Score], figures: dict[str, Any], out: Path, console: Console) -> int:
    wrong = [score.name for score in card if not score.nothing_wrong]
    missed = [score.name for score in card if not all(score.verdicts.values())]
    figures["faults"] = [score.stored() for score in card]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1) + "\n")
    console.print(report.table(card))
    console.print(f"{len(card)} faults; every target met by {len(card) - len(missed)}; kept in {out}")
    console.print(
        f"[red]wrong: {', '.join(wrong)}[/]" if wrong else "[green]nothing wrong[/]" if card else "nothing was tried"
    )
    return int(bool(wrong) or not card)


def _wanted(fault: type[Fault], only: list[str] | None) -> bool:
    return not only or any(word in fault.name.lower() for word in map(str.lower, only))


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="drill"', description=__doc__)
    parser.add_argument("--short", action="store_true", help="only the most telling faults, watched for less long")
    parser.add_argument("--only", action="append", metavar="WORD", help="only faults with this in their names")
    parser.add_argument("--list", action="store_true", help="only say which faults there are, and what must happen")
    parser.add_argument("--archives", type=Path, default=DEFAULT_ARCHIVES, help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "drill", help="folder of its stacks' logs")
    parser.add_argument("--out", type=Path, default=BUILD / "drill.json", help="where the score card is kept")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/drill.md from the score card")
    return parser.parse_args(words)

"""docs/attack.md's figures, from build/attack.json: none of them is written by hand."""

from pathlib import Path
from typing import Any

from local.places import ROOT
from tests.trials import marked

PAGE = ROOT / "docs" / "attack.md"
PLACE = marked.place("attack")


def write(page: Path, kept: Path) -> None:
    """Fill the marked place.

    Raises:
        StackError: there is no report, or no place for it.
    """
    marked.fill(page, "attack", told(marked.read(kept, "attack")))


def told(figures: dict[str, Any]) -> str:
    """When and on what it was taken, the figures, and which targets are met."""
    machine = figures["machine"]
    taken = (
        f"Taken {figures['taken'][:10]} on {machine['cores']} cores ({machine['cpu']}), commit `{figures['commit']}`, "
        f"{figures['form']} form: {figures['inputs']:,} hostile files in {figures['lasted_s']:,} s, "
        f"{figures['connections']:,} slow connections."
    )
    table = "\n".join(f"| {name} | {value} |" for name, value in [("", ""), ("---", "---:"), *rows(figures)])
    targets = "\n".join(f"- {'Met' if met else '**Missed**'}: {each}" for each, met in figures["targets"].items())
    return f"{taken}\n\n{table}\n\n{targets}"


def rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values."""
    alone, attacked, slow = figures["alone"], figures["attacked"], figures["slow"]
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(figures["hostile"]["answers"].items()))
    return [
        ("honest films, alone: p50, p95, s", f"{alone['p50']:g}, {alone['p95']:g}"),
        ("honest films, under attack: p50, p95, s", f"{attacked['p50']:g}, {attacked['p95']:g}"),
        ("p95 under attack to alone", f"{figures['times']:g}"),
        ("honest films answered, told to come back, lost or wrong", _counts(figures)),
        ("C-ECHO answered", f"{figures['echoes']['answered']} of {figures['echoes']['asked']}"),
        ("restarts", ", ".join(figures["restarts"]) or "0"),
        *((f"memory of {name}: before, peak, MB", f"{a}, {b}") for name, (a, b) in figures["memory_mb"].items()),
        ("hostile files' answers", answers),
        ("slowest of them, s", f"{figures['hostile']['slowest_s']:g}"),
        ("slow connections made, ended by us, refused", f"{slow['opened']}, {slow['hung_up']}, {slow['refused']}"),
    ]


def _counts(figures: dict[str, Any]) -> str:
    return f"{figures['attacked']['count']}, {figures['told_later']}, {len(figures['wrong'])}"

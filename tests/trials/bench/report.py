"""All that was measured: as figures for build/bench.json, and as tables for people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.trials.bench.figures import Spread, median_ratio
from tests.trials.bench.pairs import STEPS, Samples
from tests.trials.bench.targets import Verdict
from tests.trials.bench.throughput import Throughput


def of_pairs(samples: Samples) -> dict[str, Any]:
    """The figures of requests one at a time."""
    sides = {"gateway": samples.gateway, "in_process": samples.in_process, "cached": samples.cached}
    ratio, low, high = median_ratio(samples.gateway, samples.in_process)
    speedup, *interval = median_ratio(samples.gateway, samples.cached)
    spreads = {name: Spread.of(taken) for name, taken in sides.items()}
    return {
        "gateway_over_in_process_p50": round(ratio, 3),
        "gateway_over_in_process_interval": [round(low, 3), round(high, 3)],
        "cached_speedup_p50": round(speedup, 2),
        "cached_speedup_interval": [round(each, 2) for each in interval],
        **{f"{name}_p50_ms": round(spread.p50, 2) for name, spread in spreads.items()},
        **{f"{name}_ms": spread.rounded() for name, spread in spreads.items()},
        "steps_p50_ms": _steps(samples),
    }


def _steps(samples: Samples) -> dict[str, dict[str, float]]:
    """Step to its median on each side; rest is what neither decoding nor a stage accounts for."""
    sides = {
        "in_process": (samples.in_process, samples.in_process_steps),
        "gateway": (samples.gateway, samples.gateway_steps),
    }
    steps: dict[str, dict[str, float]] = {step: {} for step in (*STEPS, "rest")}
    for side, (whole, parts) in sides.items():
        for step, taken in parts.items():
            steps[step][side] = round(Spread.of(taken).p50, 2)
        rest = [total - sum(each) for total, *each in zip(whole, *parts.values(), strict=True)]
        steps["rest"][side] = round(Spread.of(rest).p50, 2)
    return steps


def of_throughput(png: list[Throughput], mixed: list[Throughput]) -> dict[str, Any]:
    """Films a second without transport: one at a time, and the best way; of PNG, and of PNG and DICOM in turn."""
    best, best_mixed = (max(sweep, key=lambda each: each.per_s) for sweep in (png, mixed))
    return {
        "in_process_per_s": round(png[0].per_s, 2),
        "in_process_best_per_s": round(best.per_s, 2),
        "in_process_best": str(best),
        "in_process_mixed_per_s": round(mixed[0].per_s, 2),
        "in_process_mixed_best_per_s": round(best_mixed.per_s, 2),
        "in_process_mixed_best": str(best_mixed),
        "in_process_sweep_per_s": {str(each): round(each.per_s, 2) for each in png},
    }


def of_memory(rest: Mapping[str, float] | None, after: Mapping[str, float] | None) -> dict[str, Any]:
    """Megabytes of the whole stack, and by process: before the first request, and at rest again after the last."""
    if rest is None or after is None:
        return {"stack_memory_mb": None}
    return {
        "stack_memory_mb": round(sum(rest.values())),
        "stack_memory_after_mb": round(sum(after.values())),
        "stack_memory_by_process_mb": {name: round(megabytes) for name, megabytes in sorted(rest.items())},
        "stack_memory_after_by_process_mb": {name: round(megabytes) for name, megabytes in sorted(after.items())},
    }


def told(parts: Mapping[str, float]) -> str:
    """Processes and their milliseconds in a line."""
    return "; ".join(f"{name} {each:.1f}" for name, each in parts.items())


def warn_if_busy(figures: Mapping[str, Any], console: Console) -> None:
    """Say so where others had the processors just before."""
    machine = figures["machine"]
    if not machine["idle_before"]:
        console.print(f"[yellow]The machine is busy ({machine['busy_before_percent']:.0f} %): do not publish.[/]")


def show(console: Console, figures: Mapping[str, Any]) -> None:
    """The tables."""
    times = Table("one at a time, ms", "p25", "p50", "p75", "p95", "n", title=f"{figures['film']}, not cached")
    for name in ("in_process", "gateway", "cached", "empty_handler"):
        spread = figures[f"{name}_ms"]
        cells = (f"{spread[each]:.2f}" for each in ("p25", "p50", "p75", "p95"))
        times.add_row(name.replace("_", " "), *cells, str(spread["count"]))
    console.print(times)
    steps = Table("p50 of each step, ms", "in process", "gateway", "more")
    for step, sides in figures["steps_p50_ms"].items():
        more = sides["gateway"] - sides["in_process"]
        steps.add_row(step, f"{sides['in_process']:.2f}", f"{sides['gateway']:.2f}", f"{more:+.2f}")
    console.print(steps)
    for way, parts in figures["cpu_ms_a_film"].items():
        console.print(f"processor time a film, {way.replace('_', ' ')}, ms: {told(parts)}")
    alone = Table("network alone, 2 threads, ms", "p25", "p50", "p75", "archive, MB")
    for name, spread in figures["networks_ms"].items():
        cells = (f"{spread[each]:.2f}" for each in ("p25", "p50", "p75"))
        alone.add_row(name, *cells, f"{figures['archives_mb'][name]:.1f}")
    console.print(alone)
    rates = Table("in process, no transport", "films/s")
    for name, per_s in figures["in_process_sweep_per_s"].items():
        rates.add_row(name, f"{per_s:.1f}")
    console.print(rates)


def show_verdicts(console: Console, verdicts: Mapping[str, Verdict]) -> None:
    """Targets, met or missed."""
    table = Table("target", "limit", "measured", "")
    colours = {True: "green", False: "red", None: "dim"}
    for verdict in verdicts.values():
        value = "" if verdict.value is None else f"{verdict.value:.4g}"
        table.add_row(verdict.text, verdict.limit, value, f"[{colours[verdict.met]}]{verdict.word}[/]")
    console.print(table)

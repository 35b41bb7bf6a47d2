"""The insight page's plots, by the names that their addresses have."""

from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np

from review.insight import plots
from review.insight.agreement import Confusion
from review.insight.estimates import TOO_FEW, Estimate
from review.insight.gathered import KINDS, Gathered
from review.insight.plots import BLUE, MUTED, ORANGE, Values
from review.insight.reliability import Reliability
from review.languages.texts import gettext, gettext_noop
from review.words import named
from vocabulary.conditions import CLASSES, LABELS

LEGENDS = {
    "blind": gettext_noop("blind: before the answer is shown"),
    "seen": gettext_noop("after the answer is shown"),
}

MAX_PAIRS_DRAWN = 20
"""Pairs that are drawn; the table has all."""

LABEL_WIDTH = 12
"""Characters of a line of a class's name beside a matrix: three stand in a row."""

Drawn = Callable[[Gathered, str], str]


def agreement(gathered: Gathered, described: str) -> str:
    """Agreement with the models over time."""
    with plots.canvas(7.6, 3.2) as drawn:
        axes = drawn.axes[0]
        for which, kind in enumerate(KINDS):
            told = [(span.middle, found) for span, found in gathered.agreement[kind] if found.value is not None]
            if told:
                values, ends = _columns([found for _, found in told])
                at = [each.to_pydatetime() for each, _ in told]
                plots.whiskers(axes, at, values, ends, which, gettext(LEGENDS[kind]))
        _timed(drawn, gettext("share that says what the models say"))
        if axes.get_legend_handles_labels()[0]:
            axes.set_ylim(0, 1.02)
        return drawn.svg(gettext("Agreement with the models over time"), described)


def confusion(gathered: Gathered, described: str) -> str:
    """Readers' labels against the models' class."""
    with plots.canvas(8.6, 3.2, 2) as drawn:
        for axes, kind in zip(drawn.axes, KINDS, strict=True):
            found: Confusion = gathered.confusions[kind]
            axes.set_title(gettext(LEGENDS[kind]).capitalize())
            if not found.counts.any():
                plots.empty(axes, gettext("no readings"))
                continue
            plots.matrix(axes, found.counts, [_short(name) for name in LABELS], [_short(name) for name in CLASSES])
            axes.set(xlabel=gettext("models say"), ylabel=gettext("readers say"))
        return drawn.svg(gettext("What readers say against what the models say"), described)


def reliability(gathered: Gathered, described: str) -> str:
    """Probabilities against how often they come true."""
    with plots.canvas(7.6, 3.8, 2) as drawn:
        for axes, (name, found) in zip(drawn.axes, gathered.reliability.items(), strict=True):
            axes.set_title(gettext("Probability of %(name)s", name=name))
            if not found.bins:
                plots.empty(axes, gettext(TOO_FEW))
                continue
            _reliable(axes, found)
        return drawn.svg(gettext("Reliability of the models' probabilities"), described)


def refusals(gathered: Gathered, described: str) -> str:
    """Refusals by reason, and by scanner."""
    rows = max(len(gathered.by_reason), len(gathered.by_scanner), 3)
    with plots.canvas(9.2, 1.2 + 0.32 * rows, 2) as drawn:
        left, right = drawn.axes
        left.set_title(gettext("Films refused, by reason"))
        right.set_title(gettext("Share refused, by scanner"))
        if gathered.by_reason:
            names = [named(each.name) for each in gathered.by_reason]
            left.barh(names, [each.refused for each in gathered.by_reason], color=BLUE, label=gettext("refused"))
            wrong = [round((each.wrong.value or 0) * each.wrong.n) for each in gathered.by_reason]
            left.barh(names, wrong, color=ORANGE, hatch="///", label=gettext("of these, readers say: wrong"))
            left.invert_yaxis()
            left.legend(loc="upper left", bbox_to_anchor=(0, -0.12), fontsize=8.5)
        else:
            plots.empty(left, gettext("no film was refused"))
        _across(right, [(each.name, each.share) for each in gathered.by_scanner])
        right.set_xlim(0, max(0.05, right.get_xlim()[1]))
        return drawn.svg(gettext("Refusals by reason and by scanner"), described)


def time(gathered: Gathered, described: str) -> str:
    """Time to read over time."""
    with plots.canvas(7.6, 3.2) as drawn:
        axes = drawn.axes[0]
        for which, kind in enumerate(KINDS):
            told = [(span.middle, found) for span, found in gathered.durations_over_time[kind] if found.quartiles]
            if told:
                at = [each.to_pydatetime() for each, _ in told]
                values, ends = _columns([found.median for _, found in told])
                plots.whiskers(axes, at, values, ends, which, gettext(LEGENDS[kind]))
                quartiles = np.array([found.quartiles for _, found in told])
                shade: Any = at
                axes.fill_between(shade, *quartiles.T, color=(BLUE, ORANGE)[which], alpha=0.18, linewidth=0)
        _timed(drawn, gettext("seconds: median, band to the quartiles"))
        if axes.get_legend_handles_labels()[0]:
            axes.set_ylim(bottom=0)
        return drawn.svg(gettext("Time to read"), described)


def combination(gathered: Gathered, described: str) -> str:
    """Model, reader, and both."""
    with plots.canvas(8.6, 2.6, 2, sharex=True) as drawn:
        titles = {
            "settled": gettext("Against what readers settled on"),
            "another": gettext("Against another reader's blind label"),
        }
        for axes, (reference, title) in zip(drawn.axes, titles.items(), strict=True):
            found = gathered.combinations[reference]
            axes.set_title(title)
            if found.why:
                plots.empty(axes, gettext(TOO_FEW))
                continue
            # Who helped to settle a film is right about it by definition: only the model is judged there.
            judged = found.judged[:1] if reference == "settled" else found.judged
            values, ends = _columns([each.accuracy for each in judged])
            plots.across(axes, [gettext(each.who) for each in judged], values, ends)
            axes.set_xlabel(gettext("accuracy, 95 % interval"))
        return drawn.svg(gettext("Model alone, reader alone, both together"), described)


def readers(gathered: Gathered, described: str) -> str:
    """Agreement between readers."""
    pairs = [each for each in gathered.pairs if each.kappa.value is not None][:MAX_PAIRS_DRAWN]
    with plots.canvas(7.6, 1.2 + 0.3 * max(3, len(pairs))) as drawn:
        axes = drawn.axes[0]
        _across(axes, [(gettext(" and ").join(each.names), each.kappa) for each in pairs])
        if pairs:
            axes.axvline(0, color=MUTED, linewidth=0.8)
            axes.set_xlabel(gettext("Cohen's kappa of blind labels: 1 is always, 0 is as chance alone"))
        return drawn.svg(gettext("Agreement between readers"), described)


PLOTS: dict[str, Drawn] = {
    "agreement": agreement,
    "confusion": confusion,
    "reliability": reliability,
    "refusals": refusals,
    "time": time,
    "combination": combination,
    "readers": readers,
}


def _columns(found: list[Estimate]) -> tuple[Values, tuple[Values, Values]]:
    values, low, high = np.array([(each.value, each.low, each.high) for each in found], np.float64).T
    return values, (low, high)


def _across(axes: Any, rows: list[tuple[str, Estimate]]) -> None:
    told = [(name, found) for name, found in rows if found.value is not None]
    if told:
        plots.across(axes, [name for name, _ in told], *_columns([found for _, found in told]))
    else:
        plots.empty(axes, gettext(TOO_FEW))


def _timed(drawn: plots.Canvas, label: str) -> None:
    axes = drawn.axes[0]
    if axes.get_legend_handles_labels()[0]:
        axes.set_ylabel(label)
        plots.dated(axes)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    else:
        plots.empty(axes, gettext(TOO_FEW))


def _reliable(axes: Any, found: Reliability) -> None:
    stated = np.array([each.stated for each in found.bins])
    happened, ends = _columns([each.happened for each in found.bins])
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle="--")
    plots.whiskers(axes, stated, happened, ends, 0, "")
    axes.set(
        xlabel=gettext("the models' probability"), ylabel=gettext("blind readers say so"), xlim=(0, 1), ylim=(0, 1.02)
    )
    axes.set_aspect("equal")
    axes.grid(visible=True)


def _short(name: str) -> str:
    return fill(named(name), LABEL_WIDTH, break_long_words=False)

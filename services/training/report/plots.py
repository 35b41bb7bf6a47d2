"""Plots as inline SVG: readable in print and by the colour-blind."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
"""Source: Okabe and Ito 2008, which the colour-blind can tell apart."""

# Text stays text, so that it can be searched and read aloud; fixed ids, so that the same figures give the same file.
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "cxr", "font.size": 9, "axes.spines.top": False,
                     "axes.spines.right": False, "legend.frameon": False})  # fmt: skip

Values = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Plot:
    """A drawn plot."""

    title: str
    alt: str
    """What it shows, for those who cannot see it."""
    svg: str


def draw(title: str, alt: str, canvas: Canvas) -> Plot:
    """The canvas as SVG without the XML head."""
    text = io.StringIO()
    canvas.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    svg = text.getvalue()
    return Plot(title, alt, svg[svg.index("<svg") :])


def axes(width: float = 4.6, height: float = 3.6) -> tuple[Canvas, Axes]:
    """An empty plot; inches."""
    canvas = Canvas(figsize=(width, height))
    return canvas, canvas.subplots()


def coloured(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each name with a colour."""
    return ((name, COLOURS[index % len(COLOURS)]) for index, name in enumerate(names))


def roc(title: str, curves: dict[str, tuple[Truths, Values]]) -> Plot | None:
    """ROC curves, a name each; those of which all or none are true are left out."""
    canvas, plot = axes()
    areas = {}
    for name, colour in coloured(list(curves)):
        truth, scores = curves[name]
        if truth.all() or not truth.any():
            continue
        wrong, right, _ = roc_curve(truth, scores)
        areas[name] = float(roc_auc_score(truth, scores))
        plot.plot(wrong, right, color=colour, label=f"{name}: {areas[name]:.3f} (n {len(truth)})")
    if not areas:
        return None
    plot.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    plot.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1.01))
    plot.legend(fontsize=7, loc="lower right")
    told = ", ".join(f"{name} {area:.3f}" for name, area in areas.items())
    return draw(title, f"ROC curves. Areas under them: {told}.", canvas)


def histogram(title: str, label: str, groups: dict[str, Values], log: bool = False) -> Plot:
    """Values in [0, 1] of several groups, one above the other."""
    canvas = Canvas(figsize=(4.6, 0.75 * len(groups) + 0.7))
    rows = np.atleast_1d(canvas.subplots(len(groups), 1, sharex=True))
    for plot, (name, colour) in zip(rows, coloured(list(groups)), strict=True):
        plot.hist(groups[name], bins=40, range=(0, 1), color=colour, log=log)
        plot.set_title(f"{name} (n {len(groups[name])})", fontsize=7, loc="left", pad=2)
        plot.tick_params(labelsize=6)
    rows[-1].set_xlabel(label)
    canvas.subplots_adjust(hspace=0.9)
    medians = ", ".join(f"{name} {np.median(values):.2f}" for name, values in groups.items() if len(values))
    return draw(title, f"Histograms of {label}. Medians: {medians}.", canvas)


def reliability(title: str, confidence: Values, right: Truths, bins: int = 10) -> Plot:
    """How often the predicted class is right, by its probability, with how many films each point stands for."""
    canvas, plot = axes()
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    used = np.unique(which)
    means = [(float(confidence[which == each].mean()), float(right[which == each].mean())) for each in used]
    plot.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=0.8)
    plot.plot(*zip(*means, strict=True), marker="o", color=COLOURS[0])
    for each, (x, y) in zip(used, means, strict=True):
        plot.annotate(str((which == each).sum()), (x, y), textcoords="offset points", xytext=(4, -9), fontsize=7)
    plot.set(xlabel="probability of the predicted class", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))
    told = ", ".join(f"at {x:.2f} right {y:.2f}" for x, y in means)
    return draw(title, f"Reliability diagram: {told}.", canvas)


def confusion(title: str, rows: Sequence[str], columns: Sequence[str], counts: NDArray[np.int64]) -> Plot:
    """A table of counts, coloured by each row's shares."""
    canvas, plot = axes(1.1 * len(columns) + 2.2, 0.5 * len(rows) + 1.6)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    plot.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] > 0.55 else "black"
        text = f"{counts[row, column]}\n{100 * shares[row, column]:.0f} %"
        plot.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    plot.set_xticks(
        range(len(columns)), [name.replace("_", " ") for name in columns], rotation=30, ha="right", fontsize=7
    )
    plot.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows], fontsize=7)
    plot.set(xlabel="answered", ylabel="truth")
    told = "; ".join(f"{name}: " + ", ".join(map(str, counts[at])) for at, name in enumerate(rows))
    return draw(title, f"Rows are the truth, columns {', '.join(columns)}. {told}.", canvas)


def boxes(title: str, label: str, groups: dict[str, Values]) -> Plot:
    """Quartiles and points of each group."""
    canvas, plot = axes(4.6, 0.5 * len(groups) + 1.2)
    random = np.random.default_rng(0)
    plot.boxplot(list(groups.values()), orientation="horizontal", showfliers=False, widths=0.6)
    for at, (name, colour) in enumerate(coloured(list(groups)), start=1):
        spread = at + random.uniform(-0.22, 0.22, len(groups[name]))
        plot.plot(groups[name], spread, ".", color=colour, markersize=2, alpha=0.5)
    plot.set_yticks(
        range(1, len(groups) + 1), [f"{name} (n {len(values)})" for name, values in groups.items()], fontsize=7
    )
    plot.set_xlabel(label)
    told = ", ".join(f"{name} {np.median(values):.3f}" for name, values in groups.items())
    return draw(title, f"{label} by data set. Medians: {told}.", canvas)


def scatter(title: str, labels: tuple[str, str], x: Values, y: Values) -> Plot:
    """Points against the line where both are equal."""
    canvas, plot = axes()
    low = float(min(x.min(), y.min()))
    plot.plot([low, 1], [low, 1], color="#bbbbbb", linewidth=0.8)
    plot.plot(x, y, ".", color=COLOURS[0], markersize=3, alpha=0.5)
    plot.set(xlabel=labels[0], ylabel=labels[1])
    return draw(title, f"{labels[1]} against {labels[0]}, {len(x)} films.", canvas)

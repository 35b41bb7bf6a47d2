"""SVG plots for a dark page: told apart by colour, and by marker, line or hatch for whom colour does not tell."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from numpy.typing import NDArray

from review.languages.moments import day
from review.languages.numbers import grouped, pointed

BACKGROUND, TEXT, MUTED = "#14181d", "#e8ecf1", "#a3afbd"
"""The page's own (static/base.css)."""

BLUE, ORANGE, YELLOW, PURPLE = "#56B4E9", "#E69F00", "#F0E442", "#CC79A7"
"""Source: Okabe and Ito 2008, those that are bright enough for a dark page. No green: it would say "normal"."""

MARKERS = ("o", "s", "D", "^")

STYLE = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "cxr",  # the same numbers give the same file
    "text.parse_math": False,  # a dollar sign in a scanner's name is a dollar sign
    "font.size": 10,
    "figure.facecolor": BACKGROUND,
    "axes.facecolor": BACKGROUND,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": TEXT,
    "grid.color": "#323b46",
    "legend.frameon": False,
    "hatch.color": BACKGROUND,
    "hatch.linewidth": 1.5,
}

_drawing = Lock()
"""matplotlib's settings and fonts are the process's."""

Values = NDArray[np.float64]


class _Ticks(ScalarFormatter):
    """Numbers along an axis, as they are written in the language."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return pointed(super().__call__(x, pos))


class Canvas:
    """Plots side by side, in one picture; made by canvas."""

    def __init__(self, width: float, height: float, columns: int, **grid: Any) -> None:
        self._figure = Figure(figsize=(width, height), layout="constrained")
        self.axes: list[Axes] = list(np.ravel(self._figure.subplots(1, columns, **grid)))
        for axis in (axis for axes in self.axes for axis in (axes.xaxis, axes.yaxis)):
            axis.set_major_formatter(_Ticks())

    def svg(self, title: str, described: str) -> str:
        """The picture, with its title and description for those who cannot see it."""
        text = io.StringIO()
        self._figure.savefig(text, format="svg", metadata={"Title": title, "Date": None, "Creator": None})
        svg = text.getvalue()
        end = svg.index("</title>") + len("</title>")
        return f"{svg[:end]}\n <desc>{escape(described)}</desc>{svg[end:]}".replace("<svg ", '<svg role="img" ', 1)


@contextmanager
def canvas(width: float, height: float, columns: int = 1, **grid: Any) -> Iterator[Canvas]:
    """An empty picture in our style; width and height in inches of 72 points. One thread draws at a time."""
    with _drawing, mpl.rc_context(STYLE):
        yield Canvas(width, height, columns, **grid)


def plain(text: str, longest: int = 34) -> str:
    """Text that our font can draw and XML can hold; the table beside the plot has it in full."""
    drawn = "".join(each if each.isprintable() and ord(each) < 0x250 else "?" for each in text)
    return drawn if len(drawn) <= longest else drawn[: longest - 1] + "…"


def empty(axes: Axes, text: str) -> None:
    """Nothing to draw, and why."""
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=axes.transAxes)
    axes.set(xticks=[], yticks=[])


def dated(axes: Axes) -> None:
    """Days along the bottom."""
    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(lambda at, _: day(num2date(at).date()))  # type: ignore[no-untyped-call]
    axes.grid(axis="y")


def whiskers(
    axes: Axes, at: Sequence[datetime] | Values, values: Values, ends: tuple[Values, Values], which: int, label: str
) -> None:
    """Points joined by a line, each with its interval; which chooses colour, marker and line."""
    colour = (BLUE, ORANGE, PURPLE, YELLOW)[which]
    axes.errorbar(
        list(at),
        values,
        yerr=_distance(values, ends),
        color=colour,
        marker=MARKERS[which],
        linestyle=("-", "--", ":", "-.")[which],
        markersize=5,
        capsize=2.5,
        elinewidth=1,
        label=label,
    )


def across(axes: Axes, names: Sequence[str], values: Values, ends: tuple[Values, Values], which: int = 0) -> None:
    """One row a name, from the top: a point with its interval."""
    rows = np.arange(len(names))
    axes.errorbar(
        values,
        rows,
        xerr=_distance(values, ends),
        color=(BLUE, ORANGE, PURPLE, YELLOW)[which],
        marker=MARKERS[which],
        linestyle="none",
        capsize=2.5,
    )
    axes.set_yticks(rows, [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x")


def matrix(axes: Axes, counts: NDArray[np.int64], rows: Sequence[str], columns: Sequence[str]) -> None:
    """Counts as numbers on a scale of brightness, which is the share of the row."""
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        colour = BACKGROUND if shares[row, column] > 0.55 else TEXT
        axes.text(column, row, grouped(int(count)), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _distance(values: Values, ends: tuple[Values, Values]) -> Values:
    return np.asarray(np.maximum(0, np.array([values - ends[0], ends[1] - values])))

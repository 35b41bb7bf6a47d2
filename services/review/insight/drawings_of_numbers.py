"""The insight page's plot of readers' numbers against the models'."""

from matplotlib.axes import Axes

from review.insight import plots
from review.insight.drawings import LEGENDS
from review.insight.estimates import TOO_FEW, Estimate
from review.insight.gathered import KINDS
from review.insight.measured import Against, Numbers
from review.insight.plots import BLUE, MARKERS, MUTED, ORANGE, TEXT
from review.languages.texts import gettext
from review.measured import number_of, title


def bland_altman(found: Numbers, described: str) -> str:
    """Differences over means, blind and not, each with its bias and limits of agreement."""
    number = number_of(found.problem)
    unit = gettext(number.unit) if number else ""
    with plots.canvas(9.2, 3.6, 2, sharex=True, sharey=True) as drawn:
        for which, (axes, kind) in enumerate(zip(drawn.axes, KINDS, strict=True)):
            axes.set_title(gettext(LEGENDS[kind]).capitalize())
            _against(axes, found.against[kind], which)
            axes.set_xlabel(gettext("mean of both, %(unit)s", unit=unit))
        drawn.axes[0].set_ylabel(gettext("reader less models, %(unit)s", unit=unit))
        return drawn.svg(gettext("%(title)s: readers against models", title=title(found.problem)), described)


def _against(axes: Axes, found: Against, which: int) -> None:
    axes.grid(axis="y")
    axes.scatter(found.means, found.differences, s=16, color=(BLUE, ORANGE)[which], marker=MARKERS[which], linewidths=0)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    if found.bias.value is None:
        said = gettext(TOO_FEW) if len(found.differences) else gettext("no readings")
        axes.text(0.5, 0.94, said, ha="center", va="top", color=MUTED, transform=axes.transAxes)
        return
    _line(axes, found.bias, "-")
    for limit in (found.lower, found.upper):
        _line(axes, limit, "--")


def _line(axes: Axes, found: Estimate, style: str) -> None:
    """A figure, with the band of its interval."""
    if found.value is not None:
        axes.axhline(found.value, color=TEXT, linewidth=1.2, linestyle=style)
        axes.axhspan(found.low, found.high, color=TEXT, alpha=0.12, linewidth=0)

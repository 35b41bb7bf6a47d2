"""The insight page's words and tables on readers' numbers against the models'."""

from review.insight.estimates import Estimate
from review.insight.gathered import KINDS
from review.insight.measured import Against, Numbers
from review.insight.sections import Section, Table, when_said
from review.languages.numbers import decimal
from review.languages.texts import gettext
from review.measured import PLACES, number_of, title


def bland_altman(found: Numbers, names: dict[str, str]) -> Section:
    """Bias and limits of agreement, of all readers and of each.

    Args:
        found: of one problem.
        names: reader's id to name.
    """
    number = number_of(found.problem)
    unit = gettext(number.unit) if number else ""
    everybody = gettext("all readers")
    whose = [(everybody, found.against), *((names[id_], each) for id_, each in found.readers)]
    rows = [_row(who, kind, each[kind]) for who, each in whose for kind in KINDS]
    described = "; ".join(
        gettext(
            "%(kind)s: %(n)s readings, bias %(bias)s, limits of agreement %(lower)s and %(upper)s",
            kind=when_said(kind),
            n=len(each.differences),
            bias=_signed(each.bias),
            lower=_signed(each.lower),
            upper=_signed(each.upper),
        )
        for kind, each in found.against.items()
    )
    return Section(
        found.problem,
        gettext("%(title)s: readers against models, in %(unit)s", title=title(found.problem), unit=unit),
        [
            gettext(
                "Bland and Altman: each point is a reading, its height the reader's number less the models'. The bias "
                "is the mean of these differences; 95 of 100 of them lie between the limits of agreement, if they are "
                "normal. Intervals are by a bootstrap that draws patients."
            ),
            gettext(
                "Only the blind readings say how good the models are: a number that was said after theirs was shown "
                "leans towards it. Of all readers together, only the first reading of each film counts."
            ),
        ],
        gettext("Differences over means. %(described)s.", described=described),
        [
            Table(
                gettext("Bias and limits of agreement, in %(unit)s", unit=unit),
                (
                    gettext("reader"),
                    gettext("readings"),
                    "n",
                    gettext("bias"),
                    gettext("lower limit"),
                    gettext("upper limit"),
                    gettext("mean absolute difference"),
                    gettext("share within the models' interval"),
                ),
                rows,
            )
        ],
    )


def _row(who: str, kind: str, found: Against) -> tuple[str, ...]:
    signed = (_signed(each) for each in (found.bias, found.lower, found.upper))
    return who, when_said(kind), str(len(found.differences)), *signed, _plain(found.error), str(found.within)


def _signed(found: Estimate) -> str:
    return _written(found, signed=True)


def _plain(found: Estimate) -> str:
    return _written(found, signed=False)


def _written(found: Estimate, signed: bool) -> str:
    if found.value is None:
        return str(found)
    value, low, high = (decimal(each, PLACES, signed) for each in (found.value, found.low, found.high))
    return gettext("%(value)s (%(low)s to %(high)s)", value=value, low=low, high=high)

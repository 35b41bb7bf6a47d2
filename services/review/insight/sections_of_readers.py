"""The insight page's words and tables on readers, and on what the models refused."""

from review.insight.estimates import Estimate
from review.insight.gathered import KINDS, Gathered
from review.insight.refusals import Refused
from review.insight.sections import Section, Table, when_said
from review.languages.numbers import decimal
from review.languages.texts import gettext
from review.words import named


def readers(gathered: Gathered) -> Section:
    """Readers of the same film."""
    rows = [(*pair.names, str(pair.kappa.n), str(pair.agreement), str(pair.kappa)) for pair in gathered.pairs]
    alphas = [(when_said(kind), str(found.n), str(found)) for kind, found in gathered.alphas.items()]
    said = "; ".join(f"{when_said(kind)} {found}" for kind, found in gathered.alphas.items())
    return Section(
        "readers",
        gettext("Readers with each other"),
        [
            gettext(
                "Readers of the same film. Blind pairs are independent; after the answer is shown, both have seen the "
                "same answer, and agree the more for it. Krippendorff's alpha is the agreement of all of them beyond "
                "chance."
            )
        ],
        gettext(
            "Cohen's kappa of %(pairs)s pairs of readers with intervals. Krippendorff's alpha: %(said)s.",
            pairs=len(rows),
            said=said,
        ),
        [
            Table(
                gettext("All readers"),
                (gettext("readings"), gettext("films read twice or more"), gettext("Krippendorff's alpha")),
                alphas,
            ),
            Table(
                gettext("Pairs, blind labels"),
                (
                    gettext("reader"),
                    gettext("and"),
                    gettext("films"),
                    gettext("agreement"),
                    gettext("Cohen's kappa"),
                ),
                rows,
            ),
        ],
    )


def refusals(gathered: Gathered) -> Section:
    """Films that were not assessed, by reason and by scanner."""
    head = (
        gettext("films"),
        gettext("refused"),
        gettext("share refused"),
        gettext("judged"),
        gettext("called wrong, of those judged"),
    )
    reasons = ", ".join(f"{named(each.name)} {each.refused}" for each in gathered.by_reason)
    return Section(
        "refusals",
        gettext("Films that the models refused"),
        [
            gettext(
                "%(total)s refused, of the films that arrived in this time. Readers choose which refusals they judge, "
                "so the share that is wrong may be another among the rest.",
                total=sum(each.refused for each in gathered.by_reason),
            )
        ],
        gettext(
            "Films refused by reason: %(reasons)s. Share refused by scanner, with intervals.",
            reasons=reasons or gettext("none"),
        ),
        [
            Table(
                gettext("By reason"),
                (gettext("reason"), *head),
                [_refused(each, named(each.name)) for each in gathered.by_reason],
            ),
            Table(
                gettext("By scanner"),
                (gettext("scanner"), *head),
                [_refused(each, each.name) for each in gathered.by_scanner],
            ),
        ],
    )


def _refused(each: Refused, name: str) -> tuple[str, ...]:
    return name, str(each.films), str(each.refused), str(each.share), str(each.wrong.n), str(each.wrong)


def time(gathered: Gathered) -> Section:
    """Seconds, blind and not."""
    found = [(gettext("all"), when_said(kind), gathered.durations[kind]) for kind in KINDS]
    found += [(span.text, when_said(kind), each) for kind in KINDS for span, each in gathered.durations_over_time[kind]]
    rows = [
        (when, kind, str(each.median.n), _seconds(each.median), _quartiles(each.quartiles))
        for when, kind, each in found
    ]
    said = "; ".join(f"{when_said(kind)} {_seconds(gathered.durations[kind].median)}" for kind in KINDS)
    return Section(
        "time",
        gettext("Time to read"),
        [
            gettext(
                "From opening the film to the opinion. Which films are blind is chance, so the two lines may be "
                "compared. An opinion that was changed later counts with its last look."
            )
        ],
        gettext("Median seconds by week, with the band between the quartiles. Over all: %(said)s.", said=said),
        [
            Table(
                gettext("Seconds"),
                (gettext("weeks"), gettext("readings"), "n", gettext("median"), gettext("quartiles")),
                rows,
            )
        ],
    )


def _seconds(found: Estimate) -> str:
    if found.value is None:
        return str(found)
    value, low, high = (decimal(each, 1) for each in (found.value, found.low, found.high))
    return gettext("%(value)s s (%(low)s to %(high)s)", value=value, low=low, high=high)


def _quartiles(found: tuple[float, float] | None) -> str:
    if not found:
        return "-"
    low, high = (decimal(each, 1) for each in found)
    return gettext("%(low)s to %(high)s s", low=low, high=high)

"""The insight page's words and tables on readers, and on what the models refused."""

from review.insight.estimates import Estimate
from review.insight.gathered import KINDS, Gathered
from review.insight.refusals import Refused
from review.insight.sections import WHEN_SAID, Section, Table
from vocabulary.words import label as named


def readers(gathered: Gathered) -> Section:
    """Readers of the same film."""
    rows = [(*pair.names, str(pair.kappa.n), str(pair.agreement), str(pair.kappa)) for pair in gathered.pairs]
    alphas = [(WHEN_SAID[kind], str(found.n), str(found)) for kind, found in gathered.alphas.items()]
    said = "; ".join(f"{WHEN_SAID[kind]} {found}" for kind, found in gathered.alphas.items())
    return Section(
        "readers",
        "Readers with each other",
        [
            "Readers of the same film. Blind pairs are independent; after the answer is shown, both have seen the same "
            "answer, and agree the more for it. Krippendorff's alpha is the agreement of all of them beyond chance."
        ],
        f"Cohen's kappa of {len(rows)} pairs of readers with intervals. Krippendorff's alpha: {said}.",
        [
            Table("All readers", ("readings", "films read twice or more", "Krippendorff's alpha"), alphas),
            Table("Pairs, blind labels", ("reader", "and", "films", "agreement", "Cohen's kappa"), rows),
        ],
    )


def refusals(gathered: Gathered) -> Section:
    """Films that were not assessed, by reason and by scanner."""
    total = sum(each.refused for each in gathered.by_reason)
    head = ("films", "refused", "share refused", "judged", "called wrong, of those judged")
    return Section(
        "refusals",
        "Films that the models refused",
        [
            f"{total} refused, of the films that arrived in this time. Readers choose which refusals they judge, so "
            "the share that is wrong may be another among the rest."
        ],
        "Films refused by reason: "
        + (", ".join(f"{named(each.name)} {each.refused}" for each in gathered.by_reason) or "none")
        + ". Share refused by scanner, with intervals.",
        [
            Table("By reason", ("reason", *head), [_refused(each, named(each.name)) for each in gathered.by_reason]),
            Table("By scanner", ("scanner", *head), [_refused(each, each.name) for each in gathered.by_scanner]),
        ],
    )


def _refused(each: Refused, name: str) -> tuple[str, ...]:
    return name, str(each.films), str(each.refused), str(each.share), str(each.wrong.n), str(each.wrong)


def time(gathered: Gathered) -> Section:
    """Seconds, blind and not."""
    found = [("all", WHEN_SAID[kind], gathered.durations[kind]) for kind in KINDS]
    found += [(span.text, WHEN_SAID[kind], each) for kind in KINDS for span, each in gathered.durations_over_time[kind]]
    rows = [
        (when, kind, str(each.median.n), _seconds(each.median), _quartiles(each.quartiles))
        for when, kind, each in found
    ]
    said = "; ".join(f"{WHEN_SAID[kind]} {_seconds(gathered.durations[kind].median)}" for kind in KINDS)
    return Section(
        "time",
        "Time to read",
        [
            "From opening the film to the opinion. Which films are blind is chance, so the two lines may be compared. "
            "An opinion that was changed later counts with its last look."
        ],
        f"Median seconds by week, with the band between the quartiles. Over all: {said}.",
        [Table("Seconds", ("weeks", "readings", "n", "median", "quartiles"), rows)],
    )


def _seconds(found: Estimate) -> str:
    return found.why if found.value is None else f"{found.value:.1f} s ({found.low:.1f} to {found.high:.1f})"


def _quartiles(found: tuple[float, float] | None) -> str:
    return f"{found[0]:.1f} to {found[1]:.1f} s" if found else "-"

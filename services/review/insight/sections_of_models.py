"""The insight page's words and tables on the models."""

from collections.abc import Iterable

from review.insight.combination import Combination
from review.insight.estimates import MIN_READINGS, TOO_FEW, Estimate
from review.insight.gathered import KINDS, Gathered
from review.insight.sections import Section, Table, when_said
from review.languages.numbers import decimal
from review.languages.texts import gettext, gettext_noop
from review.words import named
from vocabulary.conditions import CLASSES, LABELS


def agreement(gathered: Gathered) -> Section:
    """Readings that say what the models say, by week."""
    rows = [
        (span.text, when_said(kind), str(found.n), str(found))
        for kind in KINDS
        for span, found in gathered.agreement[kind]
    ]
    return Section(
        "agreement",
        gettext("Agreement with the models over time"),
        [
            gettext(
                "The share of readings whose label is the models' most probable class, by week; weeks with fewer than "
                "%(least)s readings are joined with the weeks after. Wilson's intervals.",
                least=MIN_READINGS,
            ),
            gettext(
                "Only the blind line says how good the models are. After the answer is shown, agreement also grows "
                "because people follow it."
            ),
        ],
        _ends([(when_said(kind), [found for _, found in gathered.agreement[kind]]) for kind in KINDS]),
        [
            Table(
                gettext("Agreement by week"),
                (gettext("weeks"), gettext("readings"), "n", gettext("share that agrees")),
                rows,
            )
        ],
    )


def confusion(gathered: Gathered) -> Section:
    """Labels against classes, of all readers and of each."""
    everybody = gettext("all readers")
    whose = [(everybody, gathered.confusions), *((one.name, one.confusions) for one in gathered.readers)]
    counts = [
        (who, when_said(kind), named(label), *map(str, confusions[kind].counts[row]))
        for who, confusions in whose
        for kind in KINDS
        for row, label in enumerate(LABELS)
    ]
    told = [
        (who, when_said(kind), str(each.agreement.n), str(each.agreement), str(each.kappa))
        for who, confusions in whose
        for kind, each in confusions.items()
    ]
    described = "; ".join(
        gettext(
            "%(kind)s: %(n)s readings, agreement %(agreement)s, kappa %(kappa)s",
            kind=when_said(kind),
            n=found.agreement.n,
            agreement=found.agreement,
            kappa=found.kappa,
        )
        for kind, found in gathered.confusions.items()
    )
    reader, readings = gettext("reader"), gettext("readings")
    models = (gettext("models: %(name)s", name=named(name)) for name in CLASSES)
    return Section(
        "confusion",
        gettext("Readers against models"),
        [
            gettext(
                "What readers say, by row, against the models' most probable class, by column. Cohen's kappa is "
                "agreement beyond chance; intervals are by a bootstrap that draws patients."
            ),
            gettext(
                "Of all readers together, only the first reading of each film counts: who reads second mostly gets "
                "films that were disagreed about. Choose a reader above for the matrix of one, with all that they read."
            ),
        ],
        gettext("Two matrices of counts. %(described)s.", described=described),
        [
            Table(
                gettext("Agreement and kappa"),
                (reader, readings, "n", gettext("agreement"), gettext("Cohen's kappa")),
                told,
            ),
            Table(gettext("Counts"), (reader, readings, gettext("says"), *models), counts),
        ],
    )


def reliability(gathered: Gathered) -> Section:
    """Probabilities against what blind readers say."""
    rows = [
        (name, str(found.error.n), str(found.error), decimal(found.chance, 2) if found.bins else "-", str(found.excess))
        for name, found in gathered.reliability.items()
    ]
    bins = [
        (name, str(each.n), decimal(each.stated, 2), str(each.happened))
        for name, found in gathered.reliability.items()
        for each in found.bins
    ]
    described = "; ".join(
        gettext("%(name)s: calibration error %(error)s", name=name, error=found.error)
        for name, found in gathered.reliability.items()
    )
    of, error = gettext("probability of"), gettext("expected calibration error")
    return Section(
        "reliability",
        gettext("Are the probabilities true?"),
        [
            gettext(
                "Blind labels only: the models' probability against how often a reader who had not seen it says the "
                "same. On the dashed line, probabilities are true; each point is as many readings as every other."
            ),
            gettext(
                "The expected calibration error is never 0, even for true probabilities: chance alone makes it as "
                "large as the table says in 5 of 100 cases. It supposes that readers are right."
            ),
        ],
        gettext("Two curves of probability against frequency. %(described)s.", described=described),
        [
            Table(
                gettext("Calibration"),
                (of, "n", error, gettext("by chance up to"), gettext("stated less observed")),
                rows,
            ),
            Table(
                gettext("Points of the curves"),
                (of, "n", gettext("mean probability"), gettext("readers say so")),
                bins,
            ),
        ],
    )


def combination(gathered: Gathered) -> Section:
    """The model alone, the reader alone, both together."""
    figures, told = [], []
    for reference, (title, against) in AGAINST.items():
        found = gathered.combinations[reference]
        told.append(gettext(against, verdict=_verdict(found, reference)))
        figures += [
            (gettext(title), gettext(each.who), str(found.n), str(each.accuracy), str(each.area))
            for each in (*found.judged, *found.gains)
        ]
        if found.why:
            figures.append((gettext(title), gettext("all three"), str(found.n), found.why, found.why))
    return Section(
        "combination",
        gettext("Model alone, reader alone, both together"),
        [
            *told,
            gettext(
                "Both together is a logistic regression on the reader's blind label, how sure they are, and the "
                "models' probabilities; each reading is judged by one that was fitted to other patients. Intervals "
                "draw patients; they do not hold the chance in fitting."
            ),
            gettext(
                "Settled counts only where blind readings alone settled it: two readers who say the same, or a chief's "
                "last word. The reader who is judged helped to settle it, so the reader, and what the reader is a part "
                "of, are right there almost by definition: no comparison. Against another reader's label nobody is "
                "flattered, but that reader may be wrong."
            ),
            gettext(
                "A second reader mostly gets films whose first reader disagreed with the models. Readings are weighted "
                "for that (Begg and Greenes), which supposes that chance decides which of the agreed films are read "
                "twice."
            ),
        ],
        gettext("Accuracy with intervals. %(told)s", told=" ".join(told)),
        [
            Table(
                gettext("Accuracy, and area under the ROC curve (mean of the classes)"),
                (gettext("against"), gettext("who"), "n", gettext("accuracy"), "AUROC"),
                figures,
            )
        ],
    )


AGAINST = {
    "settled": (
        gettext_noop("what readers settled on"),
        gettext_noop("Against what readers settled on: %(verdict)s"),
    ),
    "another": (
        gettext_noop("another reader's blind label"),
        gettext_noop("Against another reader's blind label: %(verdict)s"),
    ),
}
"""What is taken to be true: its name, and a sentence."""

MORE = {
    1: gettext_noop("better than %(who)s (accuracy %(gain)s)"),
    0: gettext_noop("not to be told apart from %(who)s (accuracy %(gain)s)"),
    -1: gettext_noop("worse than %(who)s (accuracy %(gain)s)"),
}
"""Sign of a gain to what is said of it."""

THAN = gettext_noop("the model alone"), gettext_noop("the reader alone")
"""In the order of gains."""


def _verdict(found: Combination, reference: str) -> str:
    if found.why:
        return f"{found.why}."
    parts = [
        gettext(MORE[gain.accuracy.sign], who=gettext(than), gain=_signed(gain.accuracy))
        for than, gain in zip(THAN[: 1 if reference == "settled" else None], found.gains, strict=False)
    ]
    return gettext(
        "both together are %(parts)s; %(n)s readings of %(patients)s patients.",
        parts=gettext(" and ").join(parts),
        n=found.n,
        patients=found.patients,
    )


def _signed(found: Estimate) -> str:
    if found.value is None:
        return str(found)
    value, low, high = (decimal(each, 2, signed=True) for each in (found.value, found.low, found.high))
    return gettext("%(value)s, %(low)s to %(high)s", value=value, low=low, high=high)


def _ends(groups: Iterable[tuple[str, list[Estimate]]]) -> str:
    """First and last number of each line."""
    parts = []
    for name, found in groups:
        known = [each for each in found if each.value is not None]
        if known:
            parts.append(gettext("%(name)s: first %(first)s, last %(last)s", name=name, first=known[0], last=known[-1]))
        else:
            parts.append(f"{name}: {gettext(TOO_FEW)}")
    return gettext("Agreement by week. %(parts)s.", parts="; ".join(parts))

"""The insight page's words and tables on the models."""

from collections.abc import Iterable

from review.insight.combination import Combination
from review.insight.estimates import MIN_READINGS, Estimate
from review.insight.gathered import KINDS, Gathered
from review.insight.sections import WHEN_SAID, Section, Table
from vocabulary.conditions import CLASSES, LABELS
from vocabulary.words import label as named


def agreement(gathered: Gathered) -> Section:
    """Readings that say what the models say, by week."""
    rows = [
        (span.text, WHEN_SAID[kind], str(found.n), str(found))
        for kind in KINDS
        for span, found in gathered.agreement[kind]
    ]
    return Section(
        "agreement",
        "Agreement with the models over time",
        [
            "The share of readings whose label is the models' most probable class, by week; weeks with fewer than "
            f"{MIN_READINGS} readings are joined with the weeks after. Wilson's intervals.",
            "Only the blind line says how good the models are. After the answer is shown, agreement also grows "
            "because people follow it.",
        ],
        _ends("Agreement", [(WHEN_SAID[kind], [found for _, found in gathered.agreement[kind]]) for kind in KINDS]),
        [Table("Agreement by week", ("weeks", "readings", "n", "share that agrees"), rows)],
    )


def confusion(gathered: Gathered) -> Section:
    """Labels against classes, of all readers and of each."""
    whose = [("all readers", gathered.confusions), *((one.name, one.confusions) for one in gathered.readers)]
    counts = [
        (who, WHEN_SAID[kind], named(label), *map(str, confusions[kind].counts[row]))
        for who, confusions in whose
        for kind in KINDS
        for row, label in enumerate(LABELS)
    ]
    pooled = [("all readers", WHEN_SAID[kind], gathered.confusions[kind]) for kind in KINDS]
    told = [
        (who, WHEN_SAID[kind], str(each.agreement.n), str(each.agreement), str(each.kappa))
        for who, confusions in whose
        for kind, each in confusions.items()
    ]
    described = "; ".join(
        f"{kind}: {found.agreement.n} readings, agreement {found.agreement}, kappa {found.kappa}"
        for _, kind, found in pooled
    )
    return Section(
        "confusion",
        "Readers against models",
        [
            "What readers say, by row, against the models' most probable class, by column. Cohen's kappa is agreement "
            "beyond chance; intervals are by a bootstrap that draws patients.",
            "Of all readers together, only the first reading of each film counts: who reads second mostly gets films "
            "that were disagreed about. Choose a reader above for the matrix of one, with all that they read.",
        ],
        f"Two matrices of counts. {described}.",
        [
            Table("Agreement and kappa", ("reader", "readings", "n", "agreement", "Cohen's kappa"), told),
            Table("Counts", ("reader", "readings", "says", *(f"models: {named(name)}" for name in CLASSES)), counts),
        ],
    )


def reliability(gathered: Gathered) -> Section:
    """Probabilities against what blind readers say."""
    rows = [
        (name, str(found.error.n), str(found.error), f"{found.chance:.2f}" if found.bins else "-", str(found.excess))
        for name, found in gathered.reliability.items()
    ]
    bins = [
        (name, str(each.n), f"{each.stated:.2f}", str(each.happened))
        for name, found in gathered.reliability.items()
        for each in found.bins
    ]
    described = "; ".join(f"{name}: calibration error {found.error}" for name, found in gathered.reliability.items())
    return Section(
        "reliability",
        "Are the probabilities true?",
        [
            "Blind labels only: the models' probability against how often a reader who had not seen it says the same. "
            "On the dashed line, probabilities are true; each point is as many readings as every other.",
            "The expected calibration error is never 0, even for true probabilities: chance alone makes it as large "
            "as the table says in 5 of 100 cases. It supposes that readers are right.",
        ],
        f"Two curves of probability against frequency. {described}.",
        [
            Table(
                "Calibration",
                ("probability of", "n", "expected calibration error", "by chance up to", "stated less observed"),
                rows,
            ),
            Table("Points of the curves", ("probability of", "n", "mean probability", "readers say so"), bins),
        ],
    )


def combination(gathered: Gathered) -> Section:
    """The model alone, the reader alone, both together."""
    titles = {"settled": "what readers settled on", "another": "another reader's blind label"}
    figures, told = [], []
    for reference, title in titles.items():
        found = gathered.combinations[reference]
        told.append(f"Against {title}: {_verdict(found, reference)}")
        figures += [
            (title, each.who, str(found.n), str(each.accuracy), str(each.area))
            for each in (*found.judged, *found.gains)
        ]
        if found.why:
            figures.append((title, "all three", str(found.n), found.why, found.why))
    return Section(
        "combination",
        "Model alone, reader alone, both together",
        [
            *told,
            "Both together is a logistic regression on the reader's blind label, how sure they are, and the models' "
            "probabilities; each reading is judged by one that was fitted to other patients. Intervals draw patients; "
            "they do not hold the chance in fitting.",
            "Settled counts only where blind readings alone settled it: two readers who say the same, or a chief's "
            "last word. The reader who is judged helped to settle it, so the reader, and what the reader is a part "
            "of, are right there almost by definition: no comparison. Against another reader's label nobody is "
            "flattered, but that reader may be wrong.",
            "A second reader mostly gets films whose first reader disagreed with the models. Readings are weighted for "
            "that (Begg and Greenes), which supposes that chance decides which of the agreed films are read twice.",
        ],
        "Accuracy with intervals. " + " ".join(told),
        [
            Table(
                "Accuracy, and area under the ROC curve (mean of the classes)",
                ("against", "who", "n", "accuracy", "AUROC"),
                figures,
            )
        ],
    )


def _verdict(found: Combination, reference: str) -> str:
    if found.why:
        return f"{found.why}."
    words = {1: "better than", 0: "not to be told apart from", -1: "worse than"}
    parts = [
        f"{words[gain.accuracy.sign]} the {gain.who.removeprefix('more than ')} (accuracy {_signed(gain.accuracy)})"
        for gain in (found.gains[:1] if reference == "settled" else found.gains)
    ]
    return f"both together are {' and '.join(parts)}; {found.n} readings of {found.patients} patients."


def _signed(found: Estimate) -> str:
    if found.value is None:
        return str(found)
    return f"{found.value:+.2f}, {found.low:+.2f} to {found.high:+.2f}"


def _ends(what: str, groups: Iterable[tuple[str, list[Estimate]]]) -> str:
    """First and last number of each line."""
    parts = []
    for name, found in groups:
        known = [each for each in found if each.value is not None]
        parts.append(f"{name}: first {known[0]}, last {known[-1]}" if known else f"{name}: too few to say")
    return f"{what} by week. {'; '.join(parts)}."

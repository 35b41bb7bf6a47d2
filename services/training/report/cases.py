"""What each stage's report shows of its cases: plots, and the films that it got most wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.report import plots
from training.report.plots import Plot
from vocabulary.conditions import CLASSES

WORST_SHOWN = 12
"""Pictures in a row of worst cases."""


@dataclass(frozen=True)
class Worst:
    """A row of pictures."""

    title: str
    cases: list[tuple[int, str]]
    """Row of Films, and what to say under the picture."""


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    title: str
    plots: list[Plot]
    worst: list[Worst]


def sections(stage: str, cases: pd.DataFrame) -> list[Section]:
    """A stage's sections; see Measured.cases for the columns of each."""
    of: dict[str, Callable[[pd.DataFrame], list[Section]]] = {
        "classifier": _classifier, "segmenter": _segmenter, "discriminator": _discriminator
    }  # fmt: skip
    return of[stage](cases) if len(cases) else []


def _by(cases: pd.DataFrame, column: str, value: str) -> dict[str, np.ndarray]:
    return {str(name): part[value].to_numpy(np.float64) for name, part in cases.groupby(column)}


def _present(*drawn: Plot | None) -> list[Plot]:
    return [plot for plot in drawn if plot is not None]


def _classifier(cases: pd.DataFrame) -> list[Section]:
    scores = cases[[f"p_{name}" for name in CLASSES]].to_numpy(np.float64)
    truth = cases["truth"].to_numpy()
    answered = np.array(CLASSES)[scores.argmax(axis=1)]
    right = answered == truth
    curves = {name: (truth == name, scores[:, index]) for index, name in enumerate(CLASSES)}
    pooled = [plots.roc("Each class against the rest, all films", curves)]
    for dataset, part in cases.groupby("dataset"):
        own = {name: (part["truth"].to_numpy() == name, part[f"p_{name}"].to_numpy(np.float64)) for name in CLASSES}
        pooled.append(plots.roc(f"Each class against the rest, {dataset}", own))
    counts = np.array([[int(((truth == row) & (answered == column)).sum()) for column in CLASSES] for row in CLASSES])
    calibrated = [
        plots.reliability("Reliability", scores.max(axis=1), right),
        plots.confusion("Truth and the likeliest class", CLASSES, CLASSES, counts),
    ]
    spread = [
        plots.histogram(f"Probability of {name.replace('_', ' ')}", "probability", _by(cases, "dataset", f"p_{name}"))
        for name in CLASSES
    ]
    heat = plots.histogram("Heat inside the lungs", "share of heat", _by(cases.dropna(), "truth", "heat_in_lungs"))
    return [
        Section("Telling the classes apart", _present(*pooled), []),
        Section("Are the probabilities true?", [*calibrated, *spread], []),
        Section("Single findings", _present(plots.roc("Each finding", _findings(cases))), []),
        Section("Where it looks", [heat], []),
        Section("Most surely wrong", [], [_surely_wrong(cases, name, scores, right) for name in CLASSES]),
    ]


def _findings(cases: pd.DataFrame) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    found = {}
    for name in (column.removeprefix("known_") for column in map(str, cases.columns) if column.startswith("known_")):
        known = cases[cases[f"known_{name}"] >= 0]
        if len(known):
            found[name] = known[f"known_{name}"].to_numpy() == 1, known[f"finding_{name}"].to_numpy(np.float64)
    return found


def _surely_wrong(cases: pd.DataFrame, name: str, scores: np.ndarray, right: np.ndarray) -> Worst:
    own = np.flatnonzero((cases["truth"] == name).to_numpy() & ~right)
    order = own[np.argsort(-scores[own].max(axis=1))][:WORST_SHOWN]
    said = [(int(cases["row"].iloc[at]), _said(cases.iloc[at], scores[at])) for at in order]
    return Worst(f"Truth: {name.replace('_', ' ')}", said)


def _said(case: pd.Series, scores: np.ndarray) -> str:
    answered = CLASSES[int(scores.argmax())].replace("_", " ")
    return f"{answered} {scores.max():.2f}, {case['dataset']} {case['view']}, film {case['row']}"


def _segmenter(cases: pd.DataFrame) -> list[Section]:
    dice = plots.boxes("Dice by data set", "Dice", _by(cases, "dataset", "dice"))
    quality = plots.scatter(
        "What lungs.quality says", ("quality", "Dice"), cases["quality"].to_numpy(), cases["dice"].to_numpy()
    )
    lowest = cases.nsmallest(WORST_SHOWN, "dice")
    said = [
        (
            int(case["row"]),
            f"Dice {case['dice']:.3f}, quality {case['quality']:.2f}, {case['dataset']}, film {case['row']}",
        )
        for _, case in lowest.iterrows()
    ]
    return [
        Section("How well the lungs are found", [dice, quality], []),
        Section("Lowest Dice", [], [Worst("The reader's mask in orange, ours in blue", said)]),
    ]


def _overlap(case: pd.Series) -> str:
    return f"Dice {case['dice']:.3f}, quality {case['quality']:.2f}, {case['dataset']}, film {case['row']}"


def _discriminator(cases: pd.DataFrame) -> list[Section]:
    accepted = (cases["expected"] == "").to_numpy()
    kinds = cases["kind"].where(~accepted, cases["dataset"])
    scores = cases["in_distribution"].to_numpy(np.float64)
    foreign = (cases["expected"] == "not_a_chest_radiograph").to_numpy()
    curves = {}
    for name in sorted(set(cases["kind"][foreign])):
        part = accepted | (foreign & (cases["kind"] == name).to_numpy())
        curves[str(name)] = accepted[part], scores[part]
    reasons = sorted({*cases["expected"], *cases["refusal"]})
    expected, given = cases["expected"].to_numpy(), cases["refusal"].to_numpy()
    counts = np.array([[int(((expected == row) & (given == column)).sum()) for column in reasons] for row in reasons])
    names = [reason or "accepted" for reason in reasons]
    spread = {str(name): scores[(kinds == name).to_numpy()] for name in sorted(set(kinds))}
    refused = cases[accepted & (given != "")].nsmallest(WORST_SHOWN, "in_distribution")
    let_in = cases[foreign & (given == "")].nlargest(WORST_SHOWN, "in_distribution")
    return [
        Section("Chest film or not", _present(plots.roc("Films against each kind", curves)), []),
        Section("Scores", [plots.histogram("in_distribution", "probability", spread, log=True)], []),
        Section("Refusals", [plots.confusion("Reason that was due, and reason given", names, names, counts)], []),
        Section("Wrong", [], [_gated("Films refused", refused), _gated("Other images let in", let_in)]),
    ]


def _gated(title: str, cases: pd.DataFrame) -> Worst:
    said = [
        (
            int(case["row"]),
            f"{case['refusal'] or 'accepted'}, {case['in_distribution']:.2f}, {case['kind']} {case['dataset']}",
        )
        for _, case in cases.iterrows()
        if case["row"] >= 0
    ]
    return Worst(title, said)

"""Which single findings a film shows, from what its source says: yes, no, or not told."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocabulary.conditions import CLASSES

TRAINED_FINDINGS = (
    "Lung_Opacity",
    "Pneumonia",
    "Consolidation",
    "Infiltration",
    "Atelectasis",
    "Edema",
    "Effusion",
    "Cardiomegaly",
    "Pneumothorax",
    "Lung_Lesion",
    "Tuberculosis",
    "Support_Devices",
)
"""Those that enough films have to learn from, where nobody names others. In the logits they follow the classes."""

OUTPUTS = len(CLASSES) + len(TRAINED_FINDINGS)
"""Logits of a classifier of these."""

UNKNOWN = -1
"""A finding that the film's source does not tell."""

NIH = {
    "Pneumonia": ("Pneumonia", "Lung_Opacity"),
    "Consolidation": ("Consolidation", "Lung_Opacity"),
    "Infiltration": ("Infiltration", "Lung_Opacity"),
    "Atelectasis": ("Atelectasis",),
    "Edema": ("Edema", "Lung_Opacity"),
    "Effusion": ("Effusion",),
    "Cardiomegaly": ("Cardiomegaly",),
    "Pneumothorax": ("Pneumothorax",),
    "Nodule": ("Lung_Lesion",),
    "Mass": ("Lung_Lesion",),
}
"""Label to findings. Source: Wang et al. 2017; an opacity of the air spaces is what the first five have in common, but
that of a collapsed lobe or of fluid may be called one or not."""

CHEXPERT = {
    "Lung Opacity": ("Lung_Opacity",),
    "Pneumonia": ("Pneumonia", "Lung_Opacity"),
    "Consolidation": ("Consolidation", "Lung_Opacity"),
    "Atelectasis": ("Atelectasis",),
    "Edema": ("Edema", "Lung_Opacity"),
    "Pleural Effusion": ("Effusion",),
    "Cardiomegaly": ("Cardiomegaly",),
    "Pneumothorax": ("Pneumothorax",),
    "Lung Lesion": ("Lung_Lesion",),
    "Support Devices": ("Support_Devices",),
}
"""The same. Source: Irvin et al. 2019, figure 1: consolidation, oedema, pneumonia, lesion and atelectasis are kinds of
lung opacity there."""

OF_SIIM = {
    "Typical Appearance": {"Lung_Opacity": 1, "Pneumonia": 1},
    "Indeterminate Appearance": {"Lung_Opacity": 1},
    "Atypical Appearance": {"Lung_Opacity": 1},
    "Negative for Pneumonia": {"Lung_Opacity": 0, "Pneumonia": 0},
}
"""Source: Litmanovich et al. 2020, which the panel followed: opacities in all but the last."""

OF_KERMANY = {
    "normal": {"Lung_Opacity": 0, "Pneumonia": 0, "Consolidation": 0},
    "bacterial pneumonia": {"Lung_Opacity": 1, "Pneumonia": 1},
    "viral pneumonia": {"Lung_Opacity": 1, "Pneumonia": 1},
}

OF_TUBERCULOSIS = {"normal": {"Tuberculosis": 0}, "tuberculosis": {"Tuberculosis": 1}}
"""Shenzhen's and Montgomery's."""


MAYBE_OPAQUE = {"Atelectasis", "Effusion", "Lung_Lesion"}
"""With one of these, whether there is an opacity is a matter of words."""


OF_OURS = ("nih", "chexpert", "siim", "kermany", "shenzhen", "montgomery")
"""Sources of which we know what their labels say of TRAINED_FINDINGS."""

OPEN = {"", "interstitial pneumonia", "other pathology"}
"""Labels that say nothing of single findings: none, and classes that any of them may belong to."""


def findings(rows: pd.DataFrame, names: Sequence[str] = TRAINED_FINDINGS, chosen: bool = False) -> NDArray[np.int64]:
    """Which findings each film shows, shape (rows, names): 1, 0 or UNKNOWN.

    Args:
        rows: of some indexes. All of them: what a source names in any film, it tells of all.
        names: of the findings.
        chosen: somebody named them. Labels of sources that we do not know are then lists of findings, in which those
            that the source names elsewhere are missing because they are not there.
    """
    told = np.full((len(rows), len(names)), UNKNOWN, np.int64)
    place = {name: at for at, name in enumerate(names)}
    listed = _listed(rows, names) if chosen else {}
    columns = (rows["dataset"], rows["label_raw"], rows["label_complete"])
    for row, (dataset, label, complete) in enumerate(zip(*columns, strict=True)):
        said = _told(dataset, label, bool(complete))
        if kinds := listed.get(dataset):
            said = said | _named(_parts(label), kinds, bool(complete) and _plain(label) not in OPEN)
        for name, value in said.items():
            if name in place:
                told[row, place[name]] = value
    return told


def named(rows: pd.DataFrame) -> dict[str, set[str]]:
    """What each source names in its films' labels."""
    labels = rows["label_raw"].groupby(rows["dataset"]).unique()
    return {
        str(dataset): {part.removesuffix("?") for label in of for part in _parts(label)}
        for dataset, of in labels.items()
    }


def _listed(rows: pd.DataFrame, names: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Of each source, those of the names that its labels list; but what we know of its labels holds."""
    return {
        dataset: {
            name: (name,) for name in names if name in said and not (dataset in OF_OURS and name in TRAINED_FINDINGS)
        }
        for dataset, said in named(rows).items()
    }


def _parts(label: str) -> list[str]:
    return [part.strip() for part in label.split("|")]


def _plain(label: str) -> str:
    return label.strip().lower().replace("_", " ")


def _told(dataset: str, label: str, complete: bool) -> dict[str, int]:
    """What one film's label says; complete: what is not named is not there."""
    match dataset:
        case "nih":
            return _named(label.split("|"), NIH, complete)
        case "chexpert":
            return _named(label.split("|"), CHEXPERT, complete)
        case "siim":
            return OF_SIIM.get(label, {})
        case "kermany":
            return OF_KERMANY.get(label, {})
        case "shenzhen" | "montgomery":
            return OF_TUBERCULOSIS.get(label, {})
    return dict.fromkeys((name for name in label.split("|") if name in TRAINED_FINDINGS), 1)


def _named(names: list[str], kinds: dict[str, tuple[str, ...]], complete: bool) -> dict[str, int]:
    """Named findings are there; one with a question mark is not told, nor are others if the label is not complete."""
    present = {finding for name in names for finding in kinds.get(name, ())}
    unsure = {finding for name in names if name.endswith("?") for finding in kinds.get(name[:-1], ())}
    if present & MAYBE_OPAQUE:
        unsure.add("Lung_Opacity")
    told = {finding for kind in kinds.values() for finding in kind} if complete else set()
    return {finding: int(finding in present) for finding in (told - unsure) | present}

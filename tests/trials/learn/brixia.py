"""Two real readers of the same films, merged: a senior radiologist and a trainee, who scored 171 films (Brixia).

A score of the whole film is made a class that the merging knows; what is merged are these classes. Nobody knows the
truth: so it is told how far each reader is from the merged label, whom the model believes, and what it doubts.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from learning.readers import Said, merge, targets
from vocabulary.conditions import CLASSES

SENIOR = "senior"

CUTS = (0, 6)
"""Of the global score, 0 to 18: none, mild (1 to 6), more. Source: a judgement."""


def readers(path: Path) -> dict[str, Any]:
    """What merging makes of both readers' scores.

    Args:
        path: scores.csv of the adults.
    """
    table = pd.read_csv(path).pivot(index="image", columns="reader", values="global").dropna()
    classes = table.apply(lambda column: np.digitize(column, CUTS, right=True)).to_numpy(np.int64)
    names = ["senior" if SENIOR in name else "trainee" for name in table.columns]
    said = [
        Said(film, name, int(label), blind=True)
        for film, row in enumerate(classes)
        for name, label in zip(names, row, strict=True)
    ]
    merged, soft = merge(said, len(classes)), targets(said, len(classes))
    agree = classes[:, 0] == classes[:, 1]
    best = soft.argmax(axis=1)
    chance = sum(float((classes[:, 0] == at).mean() * (classes[:, 1] == at).mean()) for at in range(len(CLASSES)))
    return {
        "films": len(classes),
        "agree": round(float(agree.mean()), 4),
        "kappa": round(float((agree.mean() - chance) / (1 - chance)), 4),
        "errors": {name: round(error, 4) for name, error in merged.errors.items()},
        "sided_with_senior": round(float((best == classes[:, names.index("senior")])[~agree].mean()), 4),
        "doubt_where_they_agree": round(float(1 - soft.max(axis=1)[agree].mean()), 4),
        "doubt_where_they_differ": round(float(1 - soft.max(axis=1)[~agree].mean()), 4),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """In Markdown."""
    told = {
        "films that both scored": f"{found['films']}",
        "same class (none, mild, more)": f"{found['agree']:.0%}; Cohen's kappa {found['kappa']:.2f}",
        "thought to be wrong": ", ".join(f"{name} in {error:.0%}" for name, error in found["errors"].items()),
        "merged label is the senior's where they differ": f"{found['sided_with_senior']:.0%}",
        "doubt in the merged label": f"{found['doubt_where_they_agree']:.2f} where they agree, "
        f"{found['doubt_where_they_differ']:.2f} where they differ",
    }
    return ["| two real readers | |", "|---|---|", *(f"| {name} | {value} |" for name, value in told.items())]

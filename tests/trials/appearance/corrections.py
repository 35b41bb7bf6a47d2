"""The same film in another pose, or as a negative: what ?correct=true makes of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tqdm import tqdm

from cxr.radiograph import Pixels, Radiograph
from gateway.correction import WAYS
from results.schema import Conclusion, Correction
from tests.trials.bench.cascade import Cascade


def corrected_rows(cascade: Cascade, films: Sequence[Pixels]) -> list[dict[str, Any]]:
    """Of the films that are assessed as they are, sent in every other way."""
    plain = [cascade.corrected(Radiograph(film, "as stored"))[0].conclusion for film in films]
    upright = [(film, said) for film, said in zip(films, plain, strict=True) if said.outcome == "assessed"]
    return [_row(cascade, way, upright) for way in WAYS]


def _row(cascade: Cascade, way: Correction, upright: Sequence[tuple[Pixels, Conclusion]]) -> dict[str, Any]:
    """Of films that are right after that correction."""
    answers = []
    for film, was in tqdm(upright, way.told()):
        result, found = cascade.corrected(Radiograph(spoilt(film, way), "as stored"))
        now = result.conclusion
        assessed = now.outcome == "assessed"
        answers.append(
            {
                "right": assessed and found == way,
                "wrong": assessed and found is not None and found != way,
                "unseen": assessed and found is None,
                "refused": not assessed,
                "changed": assessed and now.predicted_class != was.predicted_class,
            }
        )
    shares = {key: round(float(np.mean([answer[key] for answer in answers])), 4) for key in answers[0]}
    return {"name": way.told(), "films": len(upright), **shares}


def spoilt(film: Pixels, way: Correction) -> Pixels:
    """A film that this correction makes right."""
    return np.ascontiguousarray(way.undone(film))


def corrected_table(rows: Sequence[dict[str, Any]]) -> str:
    """In Markdown."""
    lines = [
        "| what makes it right | films | done | otherwise corrected | taken as it is | refused | class changed |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    keys = ("right", "wrong", "unseen", "refused", "changed")
    lines += [f"| {row['name']} | {row['films']} | {' | '.join(f'{row[key]:.1%}' for key in keys)} |" for row in rows]
    return "\n".join(lines)

"""Readings as the gateway makes them, of films with and without defects."""

import json
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread

from imaging.header import header
from results.amendment import Amendment
from results.reading import Reading
from results.schema import (
    Assessment,
    Caution,
    Conclusion,
    Conflict,
    Gate,
    HeatMapFacts,
    LungField,
    Map,
    Problem,
    Refusal,
    Result,
    Timings,
)
from tests import peers
from tests.fakes import two_fields, two_lungs
from vocabulary.refusals import REFUSALS

SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"
CREATED = datetime(2026, 11, 25, 12, 30, 15, 123456, UTC)
KEY = "a" * 64
CLASSES = {"interstitial_pneumonia": 0.71, "other_pathology": 0.21, "no_pathology": 0.08}


def assessment(**changes: Any) -> Assessment:
    """Assessed as interstitial pneumonia, with all that an assessment can have."""
    facts: dict[str, Any] = {
        "id": "01JD",
        "created": CREATED,
        "outcome": "assessed",
        "discriminator": Gate(in_distribution=0.99, frontal=0.98, upright=0.97, positive=0.96),
        "lungs": LungField(bounding_box=None, area_fraction=0.3, quality=0.95),
        "classes": CLASSES,
        "predicted_class": "interstitial_pneumonia",
        "findings": {"Pneumonia": 0.62, "Edema": 0.12},
        "heatmap": HeatMapFacts(predicted="interstitial_pneumonia", in_lungs=0.8),
        "models": {"discriminator": "1.1.0", "segmenter": "1.2.0", "classifier": "1.3.0"},
        "display": "window 2048/3200 linear, inverted",
        "conflicts": [Conflict(attribute="ViewPosition", stated="LL", seen="frontal", detail="Says lateral.")],
        "cautions": [Caution(code="adult", detail="Evaluated in children only.")],
        "timings_ms": Timings(total=1),
        "cached": False,
    }
    return Assessment(**facts | changes)


def refused() -> Assessment:
    """Refused by the discriminator."""
    nothing = dict.fromkeys(("lungs", "classes", "predicted_class", "findings", "heatmap"))
    refusal = Refusal(reason="rotated", detail=REFUSALS["rotated"].advice)
    return assessment(outcome="refused", refusal=refusal, conflicts=[], **nothing)


def failed() -> Assessment:
    """A stage did not answer."""
    nothing = dict.fromkeys(("discriminator", "lungs", "classes", "predicted_class", "findings", "heatmap"))
    problem = Problem(type="urn:cxr:x", title="x", status=504, detail="classifier: late", code="stage-timeout")
    return assessment(outcome="failed", problem=problem, models={}, conflicts=[], cautions=[], **nothing)


def result(outcome: str = "assessed") -> Result:
    """What pictures are drawn from: two lungs, heat in a corner of the crop."""
    if outcome != "assessed":
        return Result(conclusion=Conclusion(outcome="refused"))
    heat = np.zeros((3, 3), np.float32)
    heat[1, 1] = 2
    mask = two_lungs(64)
    return Result(
        conclusion=Conclusion(outcome="assessed", predicted_class="interstitial_pneumonia"),
        mask=np.packbits(mask).tobytes(),
        mask_side=64,
        fields=np.packbits(two_fields(64)).tobytes(),
        crop=(50, 20, 300),
        heatmaps=dict.fromkeys(CLASSES, Map.of(heat)),
    )


def opinion(film: Dataset | None = None, said: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What the reading room sends: a reader who sees interstitial pneumonia where the AI saw none, and drew it."""
    heard: dict[str, Any] = {
        "label": "interstitial_pneumonia",
        "agrees": False,
        "findings": ["Effusion", "Hernia"],
        "heat": "wrong",
        "sureness": "sure",
        "shapes": [
            {"kind": "box", "points": [[10, 20], [30, 50]], "finding": "Effusion"},
            {"kind": "freehand", "points": [[1, 1], [5, 1], [5, 5]]},
        ],
        "comment": "Left base.",
    }
    return {
        "key": str(uuid.uuid4()),
        "at": CREATED.isoformat(),
        "reader": {"id": "01JDREADER", "name": "Dr. Zoë Müller"},
        "header": header(film or dcmread(SAMPLE)).to_json_dict(),
        "rows": 384,
        "columns": 320,
        "answer": {"outcome": "assessed", "predicted_class": "no_pathology", "classifier": "1.3.0"},
        "said": heard | (said or {}),
    } | changes


def amendment(*, withdrawn: bool = False, **changes: Any) -> Amendment:
    """The same, read."""
    return Amendment.model_validate_json(json.dumps(opinion(**changes) | ({"said": None} if withdrawn else {})))


def number_opinion(film: Dataset | None = None, months: float | None = 118.5, **changes: Any) -> dict[str, Any]:
    """What the reading room sends of a hand: a reader who measured it, beside what the model measured."""
    value = {} if months is None else {"value": {"months": months}}
    said = {"agrees": True, "sureness": "sure", "blind": True, "comment": "Fused early.", **value}
    told = {"months": 131.4, "interval": [104.2, 160.6]}
    answer = {"outcome": "assessed", "asked": "bone-age", "value": told, "version": "1.0.0"}
    return opinion(film=film) | {"answer": answer, "said": said} | changes


Read = Callable[..., Reading]


def reading(what: Assessment | None = None, film: Dataset | None = None, key: str = KEY) -> Reading:
    """A reading of the sample film, or of another data set."""
    what, film = what or assessment(), film or dcmread(SAMPLE)
    pixels = np.tile(np.linspace(0, 255, 320).astype(np.uint8), (384, 1))
    known = header(film)
    if what.outcome == "failed":
        return Reading(known, what, None, None, "")
    return Reading(known, what, result(what.outcome), pixels, key)


@pytest.fixture
def read() -> Read:
    """Makes a reading."""
    return reading


def errors(part10: bytes, folder: Path) -> list[str]:
    """What dicom3tools' validator finds wrong with an object."""
    validator = peers.program("dciodvfy")
    (folder / "object.dcm").write_bytes(part10)
    told = subprocess.run([validator, "-new", folder / "object.dcm"], capture_output=True, text=True, check=False)
    return [line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")]

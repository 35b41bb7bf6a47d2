"""Examples of assessments, made of the models that the answers are made of. They are nobody's film."""

from datetime import UTC, datetime
from typing import Any

from cxr.errors import StageFailedError
from gateway.cautions import cautions, correcting
from gateway.http.openapi.problems import REQUEST_ID
from gateway.problem import problem
from results.certainty import possible
from results.schema import (
    Assessment,
    BoundingBox,
    Conclusion,
    Correction,
    Gate,
    HeatMapFacts,
    LungField,
    Refusal,
    Timings,
)
from vocabulary.refusals import REFUSALS, RefusalReason

ID, CREATED = "01M8NJH3D44Z9ZMB8NHWD1C060", datetime(2026, 11, 30, 6, 33, 27, 716207, UTC)

MODELS = {"discriminator": "1.1.0", "segmenter": "1.3.0", "classifier": "1.4.0"}

_FILM = Gate(in_distribution=0.998, frontal=1.0, upright=1.0, positive=1.0, nearness=0.123)

_LUNGS = LungField(
    bounding_box=BoundingBox(row=0, column=36, rows=266, columns=292), area_fraction=0.365, quality=0.926
)

_CLASSES = {"interstitial_pneumonia": 0.935, "no_pathology": 0.005, "other_pathology": 0.06}
_POINTS = {"interstitial_pneumonia": 0.145, "no_pathology": 0.353, "other_pathology": 0.197}

ASSESSED = Conclusion(
    outcome="assessed",
    discriminator=_FILM,
    lungs=_LUNGS,
    classes=_CLASSES,
    predicted_class="interstitial_pneumonia",
    operating_points=_POINTS,
    possible_classes=possible(_CLASSES, _POINTS),
    findings={"Edema": 0.426, "Effusion": 0.173, "Infiltration": 0.242, "Lung_Opacity": 0.997, "Pneumonia": 0.996},
    heatmap=HeatMapFacts(predicted="interstitial_pneumonia", in_lungs=0.72),
    models=MODELS,
)
"""What docs/api.md has for README's one request, for which a test asks the real models."""

_SEEN: dict[RefusalReason, Gate] = {
    "not_a_chest_radiograph": _FILM.model_copy(update={"in_distribution": 0.0, "nearness": -4.113}),
    "lateral_view": _FILM.model_copy(update={"frontal": 0.011}),
    "rotated": _FILM.model_copy(update={"upright": 0.004}),
    "inverted": _FILM.model_copy(update={"positive": 0.013}),
    "lungs_not_found": _FILM,
}
"""Reason of a refusal to what the discriminator says."""


def assessment(conclusion: Conclusion, **more: Any) -> Assessment:
    """What is answered where a conclusion was reached."""
    took = {"segmenter": 57.1} if conclusion.lungs else {}
    took |= {"classifier": 50.1} if conclusion.classes else {}
    timings = Timings(decode=3.3, discriminator=46.2, **took, total=123.0)
    told = {"display": "as stored", "cautions": list(cautions(conclusion)), "timings_ms": timings, "cached": False}
    return Assessment(**{**dict(conclusion), "id": ID, "created": CREATED, **told, **more})


def refused(reason: RefusalReason) -> Conclusion:
    """Of a film that is refused."""
    lungs = LungField(bounding_box=None, area_fraction=0.0, quality=0.112) if reason == "lungs_not_found" else None
    return Conclusion(
        outcome="refused", refusal=_refusal(reason), discriminator=_SEEN[reason], lungs=lungs, models=MODELS
    )


def corrected() -> Assessment:
    """Of a film that was turned because the request allowed it."""
    correction = Correction(rotated=90)
    return assessment(ASSESSED, correction=correction, cautions=[correcting(correction)])


def overridden() -> Assessment:
    """Of a film that was refused, and assessed all the same."""
    reason: RefusalReason = "not_a_chest_radiograph"
    return assessment(ASSESSED.model_copy(update={"refusal": _refusal(reason), "discriminator": _SEEN[reason]}))


def failed() -> Assessment:
    """Of an asynchronous request that came to nothing."""
    why = problem(StageFailedError("classifier", "its handler failed")).model_copy(update={"request_id": REQUEST_ID})
    return assessment(Conclusion(outcome="failed"), problem=why)


def _refusal(reason: RefusalReason) -> Refusal:
    return Refusal(reason=reason, detail=REFUSALS[reason].advice)

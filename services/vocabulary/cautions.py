"""Reasons to trust an assessment less, as reports code them: a new one is a row here, and a line in docs/films.md."""

from vocabulary.code import Code, ours

CAUTION = ours("caution", "Reason to trust the AI result less")

CAUTIONS: dict[str, Code] = {
    "display_replaced": ours("display", "Shown by its own values, not as its header says"),
    "polarity_contradiction": ours("polarity", "Header contradicts itself about which values are white"),
    "corrected": ours("corrected", "Image was turned or inverted before it was assessed"),
    "low_resolution": ours("low-resolution", "Image is smaller than what the models look at"),
    "lungs_uncertain": ours("lungs-uncertain", "Lung segmentation is uncertain"),
    "lungs_implausible": ours("lungs-share", "Share of the image that is lung is implausible"),
    "pose_uncertain": ours("pose-uncertain", "Orientation or polarity of the image is uncertain"),
    "adult": ours("adult", "Patient is an adult, evaluated in children only"),
    "child": ours("child", "Patient is a child, evaluated in adults only"),
    "refusal_overridden": ours("refusal-passed", "Refusal was overridden by a doctor"),
}
"""Code of an assessment's caution to its concept."""

_VIEW = ours("view-conflict", "Header names another view than the image shows")
_PART = ours("part-conflict", "Header names another body part than the image shows")

CONFLICTS: dict[str, Code] = {
    "ViewPosition": _VIEW,
    "ViewCodeSequence": _VIEW,
    "BodyPartExamined": _PART,
    "AnatomicRegionSequence": _PART,
}
"""Attribute that contradicts the image to its concept."""

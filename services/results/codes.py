"""Coded concepts. SNOMED CT where it has the concept, DICOM's own, and our own scheme for what only we say."""

from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

SCHEME = "99CXRCASCADE"
"""Our own coding scheme. Source: PS3.16, 8.2: private schemes begin with 99."""


def ours(value: str, meaning: str) -> CodedConcept:
    """A concept of our own."""
    return CodedConcept(value, SCHEME, meaning)


def snomed(value: str, meaning: str) -> CodedConcept:
    """A concept of SNOMED CT (international edition)."""
    return CodedConcept(value, "SCT", meaning)


CHEST_FILM = snomed("399208008", "Plain chest X-ray")
LUNG = snomed("39607008", "Lung structure")
RIGHT_LUNG = snomed("3341006", "Right lung structure")
LEFT_LUNG = snomed("44029006", "Left lung structure")

CONDITIONS: dict[str, CodedConcept] = {
    "interstitial_pneumonia": snomed("64667001", "Interstitial pneumonia"),
    # Not SNOMED's "No abnormality detected": who looks for that code would take any probability for a normal film.
    "no_pathology": ours("no-pathology", "No pathology known to the AI"),
    "other_pathology": ours("other-pathology", "Pathology other than interstitial pneumonia"),
    "Pneumonia": snomed("233604007", "Pneumonia"),
    "Infiltration": snomed("409609008", "Radiologic infiltrate of lung"),
    "Atelectasis": snomed("46621007", "Atelectasis"),
    "Edema": snomed("19242006", "Pulmonary edema"),
    "Effusion": snomed("60046008", "Pleural effusion"),
}
"""Class or finding of an assessment to its concept."""

CONDITION = ours("condition", "Condition that the probability is of")

PERCENT = CodedConcept.from_code(codes.UCUM.Percent)
PROBABILITY_UNIT = CodedConcept.from_code(codes.UCUM.NoUnits)

QUALITIES: dict[str, CodedConcept] = {
    "in_distribution": ours("in-distribution", "Probability of a chest radiograph like those known"),
    "frontal": ours("frontal", "Probability of a frontal view"),
    "upright": ours("upright", "Probability of an upright image"),
    "positive": ours("positive", "Probability that bone is bright"),
}
"""What the discriminator says."""

LUNG_QUALITY = ours("lung-quality", "Expected Dice of the lung segmentation with a reader's")
LUNG_AREA = ours("lung-area", "Fraction of the image that is lung")

OUTCOME = ours("outcome", "AI outcome")
OUTCOMES: dict[str, CodedConcept] = {
    "assessed": ours("assessed", "Image was assessed"),
    "refused": ours("refused", "AI result not available: the image was refused"),
    "failed": ours("failed", "AI result not available: the assessment failed"),
}
MOST_PROBABLE = ours("most-probable", "Most probable class")
REFUSAL = ours("refusal", "Reason of refusal")
REFUSALS = {
    "not_a_chest_radiograph": ("no-chest-film", "Not a chest radiograph that the models know"),
    "lateral_view": ("lateral", "Lateral view"),
    "rotated": ("rotated", "Rotated"),
    "inverted": ("inverted", "Gray scale inverted"),
    "lungs_not_found": ("no-lungs", "Lungs not found"),
}
"""Reason of a refusal to code and meaning."""

NOT_AVAILABLE = ours("not-available", "AI result not available")
COMMENT = CodedConcept.from_code(codes.DCM.Comment)


def condition(name: str) -> CodedConcept:
    """The concept of a class or finding; one of our own scheme for what a newer model knows and we do not."""
    return CONDITIONS.get(name) or ours(_short(name), name.replace("_", " ")[:64])


def probability(name: str) -> CodedConcept:
    """The concept of a class's or finding's probability.

    It is never the condition's own code: a report that holds "interstitial pneumonia" as a finding, with 2 %, would be
    found by whoever looks for interstitial pneumonia.
    """
    return ours(f"p-{_short(name)}"[:16], f"Probability by AI: {condition(name).meaning}"[:64])


def refusal(reason: str) -> CodedConcept:
    """The concept of a reason of refusal."""
    code, meaning = REFUSALS.get(reason, (_short(reason), reason.replace("_", " ")[:64]))
    return ours(code, meaning)


def _short(name: str) -> str:
    return name.lower().replace("_", "-")[:16]

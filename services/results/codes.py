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
    "Cardiomegaly": snomed("8186001", "Cardiomegaly"),
    "Consolidation": snomed("95436008", "Lung consolidation"),
    "Emphysema": snomed("87433001", "Pulmonary emphysema"),
    "Fibrosis": snomed("51615001", "Fibrosis of lung"),
    "Fracture": snomed("125605004", "Fracture of bone"),
    "Mass": snomed("309529002", "Lung mass"),
    "Nodule": snomed("786838002", "Nodule of lung"),
    "Pneumothorax": snomed("36118008", "Pneumothorax"),
    "Tuberculosis": snomed("154283005", "Pulmonary tuberculosis"),
    # Of "Hernia" and "Pleural_Thickening" SNOMED CT has many kinds, and nobody said which.
}
"""Class or finding, of an assessment or of a reader, to its concept."""

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
OVERRIDDEN = ours("overridden", "Reason of refusal that was overridden by a doctor")
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

FINDING = CodedConcept.from_code(codes.DCM.Finding)
POSSIBLE = ours("possible", "Finding of which the reader is unsure")
STANDING = ours("standing", "Standing of the reader's opinion")
DRAWN = ours("drawn", "What the reader drew")
PLACES = {
    "box": ours("box", "A box around it"),
    "freehand": ours("freehand", "Its outline"),
    "lung": ours("lung", "The lung's outline, corrected"),
}
"""Kind of a shape to its concept."""
WITHDRAWN = ours("withdrawn", "Reader's opinion withdrawn")
LABEL = ours("reader-label", "What the reader calls the film")
LABELS = {
    # Nor here SNOMED's "No abnormality detected": the reader chose among three classes, and reported no normal film.
    "no_pathology": ours("reader-none", "No pathology, as the reader says"),
    "not_a_chest_film": ours("no-chest-film", "Not a chest radiograph"),
}
"""What a reader can call a film and an AI cannot, to its concept."""

SAID: dict[tuple[str, object], tuple[CodedConcept, CodedConcept]] = {
    ("agrees", True): (ours("agreement", "Agreement with the AI's class"), ours("agrees", "Agrees")),
    ("agrees", False): (ours("agreement", "Agreement with the AI's class"), ours("disagrees", "Disagrees")),
    ("refusal", "right"): (ours("refusal-verdict", "The AI's refusal"), ours("right", "Right")),
    ("refusal", "wrong"): (ours("refusal-verdict", "The AI's refusal"), ours("wrong", "Wrong")),
    ("heat", "wrong"): (ours("heat-verdict", "The AI's heat map"), ours("wrong", "Wrong")),
    ("lungs", "wrong"): (ours("lungs-verdict", "The AI's lung segmentation"), ours("wrong", "Wrong")),
    ("sureness", "sure"): (ours("sureness", "How sure the reader is"), ours("sure", "Sure")),
    ("sureness", "probable"): (ours("sureness", "How sure the reader is"), ours("probable", "Probable")),
    ("sureness", "unsure"): (ours("sureness", "How sure the reader is"), ours("unsure", "Unsure")),
    ("blind", True): (ours("when-said", "When it was said"), ours("before-ai", "Before the AI's result was seen")),
    ("blind", False): (ours("when-said", "When it was said"), ours("after-ai", "When the AI's result could be seen")),
    ("arbitration", True): (STANDING, ours("arbitration", "Decides a disagreement")),
}
"""Field and value of what a reader says to question and answer."""


def condition(name: str) -> CodedConcept:
    """The concept of a class or finding; one of our own scheme for what a newer model knows and we do not."""
    return CONDITIONS.get(name) or ours(_short(name), name.replace("_", " ")[:64])


def label(name: str) -> CodedConcept:
    """The concept of what a reader calls a film."""
    return LABELS.get(name) or condition(name)


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

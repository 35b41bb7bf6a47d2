"""Coded concepts. SNOMED CT where it has the concept, DICOM's own, and our own scheme for what only we say."""

from collections.abc import Mapping

from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes

from vocabulary import code
from vocabulary.cautions import CAUTION as CAUTION_WORD
from vocabulary.code import Code
from vocabulary.conditions import CONDITIONS
from vocabulary.findings import NOTHING, Declared, condition_of, own_code
from vocabulary.problems.chest import CHEST
from vocabulary.refusals import QUALITIES as QUALITY_WORDS
from vocabulary.refusals import REFUSALS


def concept(code: Code) -> CodedConcept:
    """A code of the vocabulary."""
    return CodedConcept(code.value, code.scheme, code.meaning)


def ours(value: str, meaning: str) -> CodedConcept:
    """A concept of our own."""
    return concept(code.ours(value, meaning))


def snomed(value: str, meaning: str) -> CodedConcept:
    """A concept of SNOMED CT (international edition)."""
    return concept(code.snomed(value, meaning))


CHEST_FILM = concept(CHEST.procedure)
LUNG = snomed("39607008", "Lung structure")
RIGHT_LUNG = snomed("3341006", "Right lung structure")
LEFT_LUNG = snomed("44029006", "Left lung structure")

CONDITION = ours("condition", "Condition that the probability is of")

PERCENT = CodedConcept.from_code(codes.UCUM.Percent)
PROBABILITY_UNIT = CodedConcept.from_code(codes.UCUM.NoUnits)

QUALITIES = {name: concept(each.code) for name, each in QUALITY_WORDS.items()}
"""What the discriminator says."""

LUNG_QUALITY = ours("lung-quality", "Expected Dice of the lung segmentation with a reader's")
LUNG_AREA = ours("lung-area", "Fraction of the image that is lung")

OUTCOME = ours("outcome", "AI outcome")
OUTCOMES: dict[str, CodedConcept] = {
    "assessed": ours("assessed", "Image was assessed"),
    "refused": ours("refused", "AI result not available: the image was refused"),
    "failed": ours("failed", "AI result not available: the assessment failed"),
}
CAUTION = concept(CAUTION_WORD)
MOST_PROBABLE = ours("most-probable", "Most probable class")
REFUSAL = ours("refusal", "Reason of refusal")
OVERRIDDEN = ours("overridden", "Reason of refusal that was overridden by a doctor")

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

SAID_OF_NUMBERS = SAID | {
    ("agrees", True): (ours("in-interval", "The reader's number in the AI's interval"), ours("inside", "Inside")),
    ("agrees", False): (ours("in-interval", "The reader's number in the AI's interval"), ours("outside", "Outside")),
}
"""The same of who said a number."""


def condition(name: str, declared: Mapping[str, Declared] = NOTHING) -> CodedConcept:
    """The concept of a class or finding; one of our own scheme where nobody gave it a code.

    Args:
        name: as models say it.
        declared: what findings of a hospital's own are called.
    """
    known = condition_of(name, declared)
    if known.code:
        return concept(known.code)
    return ours(_short(name), (name.replace("_", " ") if name in CONDITIONS else known.label)[:64])


def label(name: str) -> CodedConcept:
    """The concept of what a reader calls a film."""
    known = CONDITIONS.get(name)
    return concept(known.said) if known and known.said else condition(name)


def probability(name: str, declared: Mapping[str, Declared] = NOTHING) -> CodedConcept:
    """The concept of a class's or finding's probability.

    It is never the condition's own code: a report that holds "interstitial pneumonia" as a finding, with 2 %, would be
    found by whoever looks for interstitial pneumonia.
    """
    return ours(f"p-{_short(name)}"[:16], f"Probability by AI: {condition(name, declared).meaning}"[:64])


def refusal(reason: str) -> CodedConcept:
    """The concept of a reason of refusal; one of our own scheme for what a newer stage knows and we do not."""
    known = REFUSALS.get(reason)
    return concept(known.code) if known else ours(_short(reason), reason.replace("_", " ")[:64])


def _short(name: str) -> str:
    return own_code(name)[:16]

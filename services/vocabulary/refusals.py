"""Why a film is refused, and the probabilities of the discriminator that refuse it.

A new reason is a row here, and the line of the handler or of cxr/gate.py that gives it.
"""

from dataclasses import dataclass
from typing import Literal

from vocabulary.code import Code, ours

RefusalReason = Literal["not_a_chest_radiograph", "lateral_view", "rotated", "inverted", "lungs_not_found"]
QualityName = Literal["in_distribution", "frontal", "upright", "positive"]


@dataclass(frozen=True)
class Quality:
    """What the discriminator gives a probability of."""

    name: QualityName
    label: str
    """As people read it beside the number."""
    sought: str
    """What the probability is of, in a sentence: 'Probability that it is ...'."""
    code: Code


@dataclass(frozen=True)
class Refusal:
    """A reason."""

    reason: RefusalReason
    label: str
    """As people read it."""
    advice: str
    """For whoever sent the film: what is wrong, and what to do."""
    code: Code
    look: str
    """For the doctor who has the film on the screen: what to look at."""
    quality: QualityName | None = None
    """The probability that was too low; None where another stage refuses."""


_QUALITIES = (
    Quality(
        "in_distribution",
        "chest",
        "a chest film",
        ours("in-distribution", "Probability of a chest radiograph like those known"),
    ),
    Quality("frontal", "frontal", "frontal", ours("frontal", "Probability of a frontal view")),
    Quality("upright", "upright", "upright", ours("upright", "Probability of an upright image")),
    Quality("positive", "positive", "not inverted", ours("positive", "Probability that bone is bright")),
)

_REFUSALS = (
    Refusal(
        "not_a_chest_radiograph",
        "Not a chest film",
        "This does not look like a chest radiograph that the models know. Check the file.",
        ours("no-chest-film", "Not a chest radiograph that the models know"),
        "The models know chest films only.",
        "in_distribution",
    ),
    Refusal(
        "lateral_view",
        "Lateral view",
        "This looks like a lateral view; only frontal views (PA, AP) are assessed. Send the frontal view.",
        ours("lateral", "Lateral view"),
        "The models know frontal films only.",
        "frontal",
    ),
    Refusal(
        "rotated",
        "Rotated",
        "The film looks rotated. Turn it upright, head up, and send it again.",
        ours("rotated", "Rotated"),
        "The arrow on the film is where the file says that up is. R rotates what you see.",
        "upright",
    ),
    Refusal(
        "inverted",
        "Grey scale inverted",
        "The grey scale looks inverted. Send it with bright bones (MONOCHROME2) and dark lungs.",
        ours("inverted", "Gray scale inverted"),
        "Bone looks dark. I inverts what you see, Shift+I shows the film inverted beside.",
        "positive",
    ),
    Refusal(
        "lungs_not_found",
        "Lungs not found",
        "The lungs could not be found on this film. Check exposure and field of view.",
        ours("no-lungs", "Lungs not found"),
        "What was found of the lungs is drawn, if anything was.",
    ),
)

QUALITIES: dict[str, Quality] = {each.name: each for each in _QUALITIES}
REFUSALS: dict[str, Refusal] = {each.reason: each for each in _REFUSALS}

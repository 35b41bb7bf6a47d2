"""Reasons to trust an assessment less that lie in what the models say."""

from collections.abc import Iterator

from results.schema import Caution, Conclusion, Correction, Gate, LungField
from vocabulary.words import label

LEAST_QUALITY = 0.85
"""Of a lung mask. Source: the segmenter's card: masks below it have a Dice of 0.81, those above of 0.94."""

AREAS = (0.16, 0.62)
"""Share of a film that is lung. Source: `make trial ARGS=appearance`: none of its films has another as it is."""

CERTAIN = 0.8
"""That a film is upright and no negative. Source: a judgement; what is refused is below 0.5."""


def cautions(conclusion: Conclusion) -> Iterator[Caution]:
    """Of an assessed film; a refused one says itself what is wrong."""
    if conclusion.outcome != "assessed":
        return
    if conclusion.refusal:
        yield _overridden(conclusion.refusal.reason)
    if conclusion.lungs:
        yield from _lungs(conclusion.lungs)
    if conclusion.discriminator and not conclusion.refusal:
        yield from _pose(conclusion.discriminator)


def correcting(correction: Correction) -> Caution:
    """Of a film that was changed before it was assessed."""
    detail = f"The film was {correction.told()} before it was assessed, because that was asked for."
    return Caution(code="corrected", detail=f"{detail} Check on the corrected film that this is right.")


def _overridden(reason: str) -> Caution:
    detail = f"The film was refused ({label(reason)}) and was assessed because a doctor asked for it all the same."
    return Caution(code="refusal_overridden", detail=f"{detail} The models do not know such films.")


def _lungs(lungs: LungField) -> Iterator[Caution]:
    if lungs.quality < LEAST_QUALITY:
        detail = f"The segmenter is unsure of the lungs (quality {lungs.quality:.2f})."
        yield Caution(code="lungs_uncertain", detail=f"{detail} Look at their contours before you trust the rest.")
    if not AREAS[0] <= lungs.area_fraction <= AREAS[1]:
        detail = f"The lungs take {lungs.area_fraction:.0%} of the picture, which is unusual for a chest film."
        yield Caution(code="lungs_implausible", detail=f"{detail} Is it a page, a screenshot, or a part of a film?")


def _pose(gate: Gate) -> Iterator[Caution]:
    unsure = {"upright": gate.upright, "not a negative": gate.positive}
    if low := [name for name, probability in unsure.items() if probability < CERTAIN]:
        detail = f"It is not certain that the film is {' and '.join(low)}: look at it."
        yield Caution(code="pose_uncertain", detail=detail)

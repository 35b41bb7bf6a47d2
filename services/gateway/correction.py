"""Turning a film upright, and its grey scale round, where a request allows it and the discriminator sees how."""

import asyncio
from dataclasses import replace
from itertools import product

from cxr import wire
from cxr.geometry import Square, sample
from cxr.radiograph import Pixels, Radiograph
from gateway.cascade import Ask
from gateway.fleet.stages import Stages
from results.schema import Conclusion, Correction

CORRECTABLE = ("rotated", "inverted")
"""Reasons of a refusal after which a film may be corrected; what is no chest film is none in any pose."""

WAYS = [Correction(rotated=turn, inverted=inverted) for inverted, turn in product((False, True), (0, 90, 180, 270))]
WAYS.remove(Correction())
"""All ways to correct a film."""


def correctable(conclusion: Conclusion) -> bool:
    """Whether the discriminator refuses the film for its pose or polarity."""
    return conclusion.refusal is not None and conclusion.refusal.reason in CORRECTABLE


def corrected(film: Radiograph, correction: Correction) -> Radiograph:
    """The film as it is after that."""
    pixels = correction.of(film.pixels)
    return replace(film, pixels=pixels, display=f"{film.display}, {correction.told()}", polarity_open=False)


async def correction(film: Radiograph, stages: Stages, ask: Ask) -> Correction | None:
    """How to correct a refused film: of all ways that the discriminator accepts, the one it likes best; None of none.

    Raises:
        StageError: it did not answer.
    """
    discriminator = stages["discriminator"]

    def shown(way: Correction) -> Pixels:
        pixels = way.of(film.pixels)
        return sample(pixels, Square.whole((pixels.shape[0], pixels.shape[1])), ask.side(discriminator))

    async def seen(way: Correction) -> wire.Discrimination:
        return await ask.stage(discriminator, await ask.aside(lambda: shown(way), ask.lane), wire.Discrimination)

    answers = await asyncio.gather(*(seen(way) for way in WAYS))
    accepted = [(answer, way) for answer, way in zip(answers, WAYS, strict=True) if not answer.refusal]
    if not accepted:
        return None
    return max(accepted, key=lambda each: each[0].upright * each[0].positive * each[0].in_distribution)[1]

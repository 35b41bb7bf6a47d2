"""The use case: one radiograph through the cascade."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cxr import lungs, wire
from cxr.errors import StageFailedError
from cxr.geometry import Box, Square, paste, sample
from cxr.radiograph import Pixels, Radiograph
from gateway.deadline import Deadline
from gateway.fleet.stages import Stage, Stages
from gateway.lanes import Lane
from gateway.tracing import span
from results.certainty import possible
from results.schema import (
    BoundingBox,
    Conclusion,
    Gate,
    HeatMapFacts,
    LungField,
    Map,
    Refusal,
    Result,
)
from vocabulary.findings import Declared
from vocabulary.refusals import REFUSALS
from vocabulary.words import label

Kind = TypeVar("Kind", wire.Discrimination, wire.Lungs, wire.Classification, wire.Measurement)


Aside = Callable[[Callable[[], Pixels], Lane], Awaitable[Pixels]]
"""Runs what makes pixels, beside the event loop."""


async def at_once(work: Callable[[], Pixels], lane: Lane) -> Pixels:
    """Here and now."""
    return work()


class Ask:
    """One request's questions to the stages, under one deadline."""

    def __init__(
        self,
        request_id: str,
        deadline: Deadline,
        described: dict[str, wire.Description],
        despite_refusal: bool = False,
        lane: Lane = Lane.ROUTINE,
        ahead: bool = False,
        aside: Aside = at_once,
    ) -> None:
        self.request_id = request_id
        self.deadline = deadline
        self.described = described
        """Stage name to the archive that has to answer, in the order of asking."""
        self.despite_refusal = despite_refusal
        """Go on where the discriminator refuses: a doctor has looked."""
        self.lane = lane
        self.ahead = ahead
        """Ask the segmenter while the discriminator looks: sooner, and in vain where that refuses."""
        self.aside = aside
        """Does what uses the processor."""
        self.timings: dict[str, float] = {}
        """Stage name to milliseconds."""

    @property
    def models(self) -> dict[str, str]:
        """Stage name to version."""
        return {name: who.version for name, who in self.described.items()}

    def side(self, stage: Stage) -> int:
        """Pixels of the square that the stage wants."""
        return self.wanted(stage).side

    def wanted(self, stage: Stage) -> wire.Description:
        """What the stage says of itself, its side and region with it."""
        return self.described[stage.name]

    async def stage(self, stage: Stage, pixels: Pixels, kind: type[Kind]) -> Kind:
        """A stage's answer to square pixels of its side.

        Raises:
            StageError: the stage did not answer, or its archive was changed.
        """
        started = time.perf_counter()
        digest = self.described[stage.name].digest
        later = len(self.described) - 1 - list(self.described).index(stage.name)
        with span(stage.name, version=self.described[stage.name].version, lane=self.lane.label):
            reply = await stage.ask(pixels, self.request_id, self.deadline.left(later), self.lane, digest)
        self.timings[stage.name] = 1000 * (time.perf_counter() - started)
        if not isinstance(reply.answer, kind):
            raise StageFailedError(stage.name, "answered something else than was asked")
        return reply.answer


async def assess(radiograph: Radiograph, stages: Stages, ask: Ask) -> Result:
    """Discriminator, segmenter, classifier; the first refusal ends it, unless the discriminator's is overridden.

    Each stage gets only the pixels that it needs, at the size that it asked for: the whole film for the first two,
    and the lungs, with all else blacked out, for the classifier.

    Raises:
        StageError: a stage did not answer.
    """
    discriminator, segmenter, classifier = stages["discriminator"], stages["segmenter"], stages["classifier"]
    whole = Square.whole(radiograph.shape)

    film = await ask.aside(lambda: sample(radiograph.pixels, whole, ask.side(discriminator)), ask.lane)
    discriminating = asyncio.create_task(ask.stage(discriminator, film, wire.Discrimination))
    ahead = _ahead(_lungs(radiograph, segmenter, ask)) if ask.ahead else None
    seen = await discriminating
    gate = _gate(seen)
    if seen.refusal and not ask.despite_refusal:
        return Result(conclusion=_refused(seen.refusal, gate, None, ask.models))

    found = await (ahead or _lungs(radiograph, segmenter, ask))
    field = _lung_field(found, whole, radiograph.shape)
    if found.refusal or field.bounding_box is None:
        return _drawable(_refused(found.refusal or "lungs_not_found", gate, field, ask.models), found)

    crop = lungs.crop(found.mask)
    on_film = crop.on_film(whole, len(found.mask))
    shown = await ask.aside(lambda: _shown(radiograph, found.mask, crop, ask.wanted(classifier)), ask.lane)
    classified = await ask.stage(classifier, shown, wire.Classification)
    letterbox = whole.film(radiograph.shape, len(found.mask))
    in_lungs = _in_lungs(classified, crop, found.mask, letterbox)
    return _drawable(_assessed(ask, seen, field, classified, in_lungs), found, on_film, classified.heatmaps)


async def _lungs(radiograph: Radiograph, segmenter: Stage, ask: Ask) -> wire.Lungs:
    whole = Square.whole(radiograph.shape)
    film = await ask.aside(lambda: sample(radiograph.pixels, whole, ask.side(segmenter)), ask.lane)
    return await ask.stage(segmenter, film, wire.Lungs)


def _ahead(asking: Coroutine[None, None, wire.Lungs]) -> asyncio.Task[wire.Lungs]:
    """Begun; where the film is refused nobody waits for what comes of it, an error too."""
    task = asyncio.create_task(asking)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _shown(radiograph: Radiograph, mask: NDArray[np.uint8], crop: Square, wanted: wire.Description) -> Pixels:
    """What the classifier wants to be shown of the film, in the lungs' crop, which is given in the mask's cells."""
    on_film, side = crop.on_film(Square.whole(radiograph.shape), len(mask)), wanted.side
    region = sample(lungs.region(mask, wanted.region) * np.uint8(255), crop, side) > 127
    return lungs.shown(sample(radiograph.pixels, on_film, side), region.astype(np.uint8))


def _assessed(
    ask: Ask, seen: wire.Discrimination, field: LungField, classified: wire.Classification, in_lungs: float
) -> Conclusion:
    predicted, who = _predicted(classified), ask.described["classifier"]
    return Conclusion(
        outcome="assessed",
        refusal=_refusal(seen.refusal) if seen.refusal else None,
        discriminator=_gate(seen),
        lungs=field,
        classes=classified.classes,
        predicted_class=predicted,
        operating_points=who.operating_points,
        possible_classes=possible(classified.classes, who.operating_points),
        findings=classified.findings,
        declared={
            name: Declared(said.words, said.scheme, said.code)
            for name, said in who.declared.items()
            if name in classified.findings
        },
        heatmap=HeatMapFacts(predicted=predicted, in_lungs=in_lungs),
        models=ask.models,
    )


def _predicted(classified: wire.Classification) -> str:
    return max(classified.classes, key=lambda name: classified.classes[name])


def _refused(reason: str, gate: Gate, field: LungField | None, models: dict[str, str]) -> Conclusion:
    return Conclusion(outcome="refused", refusal=_refusal(reason), discriminator=gate, lungs=field, models=models)


def _refusal(reason: str) -> Refusal:
    """A newer stage may refuse for a reason that is not known here: it is said as the stage says it."""
    known = REFUSALS.get(reason)
    unknown = f"The models refused this film: {label(reason)}. This gateway is older than they and knows no more of it."
    return Refusal(reason=reason, detail=known.advice if known else unknown)


def _gate(seen: wire.Discrimination) -> Gate:
    return Gate(
        in_distribution=seen.in_distribution,
        frontal=seen.frontal,
        upright=seen.upright,
        positive=seen.positive,
        nearness=seen.nearness,
    )


def _lung_field(found: wire.Lungs, whole: Square, shape: tuple[int, int]) -> LungField:
    scale = whole.side / len(found.mask)
    area = min(float(found.mask.sum()) * scale**2 / (shape[0] * shape[1]), 1.0)
    box = None
    if found.mask.any():
        inside = Box.of(found.mask).on_film(whole, len(found.mask), shape)
        box = BoundingBox(row=inside.row, column=inside.column, rows=inside.rows, columns=inside.columns)
    return LungField(bounding_box=box, area_fraction=area, quality=found.quality)


def _in_lungs(classified: wire.Classification, crop: Square, mask: NDArray[np.uint8], film: Box) -> float:
    """Share of the predicted class's heat on the film that lies in the lungs, in [0, 1]; 0 where there is no heat.

    All in the mask's cells.
    """
    heatmap = classified.heatmaps[_predicted(classified)]
    on_film = np.s_[film.row : film.row + film.rows, film.column : film.column + film.columns]
    heat, mask = paste(heatmap, crop, mask.shape)[on_film], mask[on_film]
    total = float(heat.sum())
    return min(float((heat * mask).sum()) / total, 1.0) if total > 0 else 0.0


def _drawable(
    conclusion: Conclusion,
    found: wire.Lungs,
    crop: Square | None = None,
    heatmaps: dict[str, NDArray[np.float32]] | None = None,
) -> Result:
    return Result(
        conclusion=conclusion,
        mask=np.packbits(found.mask).tobytes(),
        mask_side=len(found.mask),
        fields=None if found.fields is None else np.packbits(found.fields).tobytes(),
        crop=(crop.row, crop.column, crop.side) if crop else None,
        heatmaps={name: Map.of(values) for name, values in (heatmaps or {}).items()},
    )

"""What a person looks at: one gateway's figures of a window of time. They tell of no film and of no patient."""

import math
from datetime import UTC, datetime

from pydantic import BaseModel

from gateway.lanes import Lane
from gateway.top.window import Window
from vocabulary.stages import STAGES

LAST_PROBLEMS = 5
"""That are told, by code; the others are in the metrics."""


class LaneFigures(BaseModel):
    """Of the films of one lane."""

    films_per_s: float
    p50_ms: float | None
    p95_ms: float | None
    rejected: int
    """Films that were told to come back later (429)."""


class PartFigures(BaseModel):
    """Where a film's time goes: one part of it."""

    name: str
    mean_ms: float | None
    """Of one call. Discriminator and segmenter may work at once, so that all parts can be more than the whole."""


class StageFigures(BaseModel):
    """Of a stage, all releases together."""

    up: int
    """Replicas."""
    down: int
    in_flight: int
    """Calls awaited."""
    limit: int
    """Calls sent at once to all that are up."""
    queued: int
    """Calls that wait for room at a replica."""
    errors: int
    retries: int


class ProblemFigures(BaseModel):
    """Answers with a problem of one code."""

    code: str
    count: int
    """In the window."""
    last: datetime


class Figures(BaseModel):
    """One gateway's. Counts are of the window; null: nothing to tell it from."""

    taken: datetime
    window_s: float
    films_per_s: float
    outcomes: dict[str, int]
    lanes: dict[str, LaneFigures]
    parts: list[PartFigures]
    stages: dict[str, StageFigures]
    in_flight: int
    """Requests at work or waiting, now."""
    expected_wait_s: float
    """Of a routine film that came now."""
    cache: dict[str, int]
    """Look-ups: hit, miss, joined, bypassed."""
    cache_hits: float | None
    """Share of look-ups that spared the stages, in [0, 1]."""
    refusals: dict[str, int]
    """Reason to films."""
    problems: list[ProblemFigures]
    """The last ones, newest first, also those before the window."""
    redis: bool


def figures(window: Window) -> Figures:
    """Those of a window of the gateway's metrics."""
    now, lookups = window.after, _counts(window.increases("cxr_cache_total", "result"))
    spared, asked = lookups.get("hit", 0) + lookups.get("joined", 0), lookups.get("hit", 0) + lookups.get("miss", 0)
    return Figures(
        taken=_time(now.at),
        window_s=round(window.seconds, 1),
        films_per_s=round(window.per_s("cxr_assessments_total"), 3),
        outcomes=_counts(window.increases("cxr_assessments_total", "outcome")),
        lanes={lane.label: _lane(window, lane.label) for lane in (Lane.URGENT, Lane.ROUTINE)},
        parts=_parts(window),
        stages={stage: _stage(window, stage) for stage in STAGES},
        in_flight=round(now.value("cxr_in_flight")),
        expected_wait_s=round(now.value("cxr_expected_wait_seconds"), 3),
        cache=lookups,
        cache_hits=round(min(spared / asked, 1.0), 3) if asked else None,
        refusals=_counts(window.increases("cxr_refusals_total", "reason")),
        problems=_problems(window),
        redis=bool(now.value("cxr_redis_up")),
    )


def _lane(window: Window, lane: str) -> LaneFigures:
    return LaneFigures(
        films_per_s=round(window.per_s("cxr_request_seconds_count", lane=lane), 3),
        p50_ms=_tenths(window.quantile_ms("cxr_request_seconds", 0.5, lane=lane)),
        p95_ms=_tenths(window.quantile_ms("cxr_request_seconds", 0.95, lane=lane)),
        rejected=round(window.increase("cxr_rejected_total", lane=lane)),
    )


def _parts(window: Window) -> list[PartFigures]:
    """In the order in which a film passes them; the last is the whole."""
    named = [("wait for a place", window.mean_ms("cxr_admission_seconds"))]
    named += [("decode", window.mean_ms("cxr_decode_seconds"))]
    for stage in STAGES:
        named += [
            (f"{stage}: queue", window.mean_ms("cxr_stage_queue_seconds", stage=stage)),
            (f"{stage}: transport", window.mean_ms("cxr_stage_transport_seconds", stage=stage)),
            (f"{stage}: network", window.mean_ms("cxr_stage_inference_seconds", stage=stage)),
        ]
    named += [("whole film", window.mean_ms("cxr_assessment_seconds"))]
    return [PartFigures(name=name, mean_ms=_tenths(mean)) for name, mean in named]


def _stage(window: Window, stage: str) -> StageFigures:
    now = window.after
    return StageFigures(
        up=round(now.value("cxr_stage_replicas", stage=stage, state="up")),
        down=round(now.value("cxr_stage_replicas", stage=stage, state="down")),
        in_flight=round(now.value("cxr_stage_in_flight", stage=stage)),
        limit=round(now.value("cxr_stage_limit", stage=stage)),
        queued=round(now.value("cxr_stage_queued", stage=stage)),
        errors=round(window.increase("cxr_stage_errors_total", stage=stage)),
        retries=round(window.increase("cxr_stage_retries_total", stage=stage)),
    )


def _problems(window: Window) -> list[ProblemFigures]:
    counts = window.increases("cxr_problems_total", "code")
    last = window.after.by("cxr_problem_timestamp_seconds", "code")
    newest = sorted(last.items(), key=lambda one: one[1], reverse=True)[:LAST_PROBLEMS]
    return [ProblemFigures(code=code, count=round(counts.get(code, 0)), last=_time(at)) for code, at in newest]


def _counts(increases: dict[str, float]) -> dict[str, int]:
    return {name: round(count) for name, count in increases.items()}


def _tenths(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 1)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

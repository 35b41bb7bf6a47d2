"""What Prometheus sees: counts and times, never anything of a patient."""

import contextlib
import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from cxr.errors import StageError

SECONDS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10)
"""Histogram bounds: fine where an answer is expected, coarse up to the deadline."""


class Metrics:
    """The gateway's own metrics, in a registry of their own so that two gateways fit in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.outcomes = Counter("cxr_assessments", "Assessments by outcome", ["outcome"], registry=self.registry)
        self.refusals = Counter("cxr_refusals", "Refused radiographs by reason", ["reason"], registry=self.registry)
        self.overridden = Counter(
            "cxr_refusals_overridden", "Assessed despite a refusal, by its reason", ["reason"], registry=self.registry
        )
        self.problems = Counter("cxr_problems", "Problem answers by code", ["code"], registry=self.registry)
        self.cache = Counter("cxr_cache", "Look-ups: hit, miss, joined, bypassed", ["result"], registry=self.registry)
        self.request_seconds = Histogram(
            "cxr_assessment_seconds", "From upload to answer", registry=self.registry, buckets=SECONDS
        )
        self.stage_seconds = Histogram(
            "cxr_stage_seconds", "One stage, queue included", ["stage"], registry=self.registry, buckets=SECONDS
        )
        self.stage_errors = Counter(
            "cxr_stage_errors", "Stage errors by code", ["stage", "code"], registry=self.registry
        )
        self.stage_in_flight = Gauge("cxr_stage_in_flight", "Calls awaited", ["stage"], registry=self.registry)
        self.in_flight = Gauge("cxr_in_flight", "Requests at work", registry=self.registry)
        self.feed_readers = Gauge("cxr_feed_readers", "Who wait for the feed to go on", registry=self.registry)
        self.feed_unlisted = Gauge(
            "cxr_feed_unlisted", "Finished assessments that are not in the feed yet", registry=self.registry
        )
        self.buffered_bytes = Gauge("cxr_buffered_bytes", "Of uploads being received", registry=self.registry)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one call of a stage, and count its error."""
        started = time.perf_counter()
        try:
            with self.stage_in_flight.labels(name).track_inprogress():
                yield
        except StageError as error:
            self.stage_errors.labels(name, error.code).inc()
            raise
        self.stage_seconds.labels(name).observe(time.perf_counter() - started)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

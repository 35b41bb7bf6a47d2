"""What Prometheus sees: counts and times, never anything of a patient."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from auditing.metrics import TrailMetrics
from cxr.errors import StageError
from gateway.drift import Drift
from gateway.lanes import Lane
from imaging.reference import Reference

RELEASE_STAGE = ["release", "stage"]

DIFFERENCES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1)

SECONDS = (0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10)
"""Histogram bounds: fine where an answer is expected, coarse up to the deadline."""


@dataclass(frozen=True)
class Replicas:
    """Those of a stage, counted."""

    limit: int
    """Calls sent at once to all that are up."""
    up: int
    down: int
    versions: frozenset[str]
    """Of those that are up."""


class Metrics:
    """The gateway's own metrics, in a registry of their own so that two gateways fit in one process."""

    def __init__(self, reference: Reference | None = None) -> None:
        """Of nothing yet; without a reference, drift is told of releases alone that have their own."""
        self.registry = CollectorRegistry()
        self.drift = Drift(reference, self.registry)
        self.outcomes = Counter("cxr_assessments", "Assessments by outcome", ["outcome"], registry=self.registry)
        self.refusals = Counter("cxr_refusals", "Refused radiographs by reason", ["reason"], registry=self.registry)
        self.overridden = Counter(
            "cxr_refusals_overridden", "Assessed despite a refusal, by its reason", ["reason"], registry=self.registry
        )
        self.corrections = Counter(
            "cxr_corrections", "Refused films that were to be corrected, by result", ["result"], registry=self.registry
        )
        self.problems = Counter("cxr_problems", "Problem answers by code", ["code"], registry=self.registry)
        self.problem_times = Gauge(
            "cxr_problem_timestamp_seconds", "When a problem of that code was last answered", ["code"],
            registry=self.registry,
        )  # fmt: skip
        self.cache = Counter("cxr_cache", "Look-ups: hit, miss, joined, bypassed", ["result"], registry=self.registry)
        self.request_seconds = Histogram(
            "cxr_assessment_seconds", "From upload to answer", registry=self.registry, buckets=SECONDS
        )
        self.lane_seconds = Histogram(
            "cxr_request_seconds", "From upload to answer, by lane", ["lane"], registry=self.registry, buckets=SECONDS
        )
        self.decode_seconds = Histogram(
            "cxr_decode_seconds",
            "Reading a film's pixels, with the wait for a thread",
            registry=self.registry,
            buckets=SECONDS,
        )
        self.admission_seconds = Histogram(
            "cxr_admission_seconds", "Wait before a film is at work", ["lane"], registry=self.registry, buckets=SECONDS
        )
        self.in_flight = Gauge("cxr_in_flight", "Requests at work or waiting", registry=self.registry)
        self.admitted = Counter("cxr_admitted", "Requests taken on", ["lane"], registry=self.registry)
        self.rejected = Counter("cxr_rejected", "Requests rejected with 429", ["lane"], registry=self.registry)
        self.expected_wait = Gauge(
            "cxr_expected_wait_seconds", "What a routine film that came now would wait", registry=self.registry
        )
        self.feed_readers = Gauge("cxr_feed_readers", "Who wait for the feed to go on", registry=self.registry)
        self.feed_unlisted = Gauge(
            "cxr_feed_unlisted", "Finished assessments that are not in the feed yet", registry=self.registry
        )
        self.buffered_bytes = Gauge("cxr_buffered_bytes", "Of uploads being received", registry=self.registry)
        self.redis_up = Gauge("cxr_redis_up", "Whether Redis answers", registry=self.registry)
        self.trail = TrailMetrics("cxr", self.registry)
        self._of_stages()
        self._of_releases()
        self._begin()

    def _of_stages(self) -> None:
        def seconds(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(name, text, ["stage", *labels], registry=self.registry, buckets=SECONDS)

        self.stage_seconds = seconds("cxr_stage_seconds", "One stage, queue included")
        self.stage_queue = seconds("cxr_stage_queue_seconds", "Wait in the gateway for room at a replica", "lane")
        self.stage_inference = seconds("cxr_stage_inference_seconds", "The network's own time")
        self.stage_transport = seconds("cxr_stage_transport_seconds", "One call without the network's own time")
        self.stage_errors = Counter(
            "cxr_stage_errors", "Stage errors by code", ["stage", "code"], registry=self.registry
        )
        self.retries = Counter("cxr_stage_retries", "Calls asked again elsewhere", ["stage"], registry=self.registry)
        self.stage_in_flight = Gauge("cxr_stage_in_flight", "Calls awaited", ["stage"], registry=self.registry)
        self.queued = Gauge(
            "cxr_stage_queued", "Calls that wait for room at a replica", ["stage", "lane"], registry=self.registry
        )

    def _of_releases(self) -> None:
        self.limit = Gauge(
            "cxr_stage_limit", "Calls sent at once to all replicas that are up", RELEASE_STAGE, registry=self.registry
        )
        self.replica_states = Gauge(
            "cxr_stage_replicas", "Replicas that are up, and down", [*RELEASE_STAGE, "state"], registry=self.registry
        )
        self.releases = Gauge(
            "cxr_releases", "What is used for what", [*RELEASE_STAGE, "role", "version"], registry=self.registry
        )
        self.breaker_opened = Counter(
            "cxr_breaker_opened", "Times that a replica's breaker opened", ["stage"], registry=self.registry
        )
        self.release_films = Counter(
            "cxr_release_films", "Films answered by a release", ["release"], registry=self.registry
        )
        self.fallbacks = Counter(
            "cxr_canary_fallbacks",
            "Films that the canary failed and the serving release answered",
            registry=self.registry,
        )
        self.switches = Counter(
            "cxr_release_switches", "Changes of the releases: done, refused", ["result"], registry=self.registry
        )
        self.shadow = Counter(
            "cxr_shadow",
            "Films compared with the shadow: same, other_class, other_number, other_outcome, failed; or skipped",
            ["agreement"],
            registry=self.registry,
        )
        self.shadow_difference = Histogram(
            "cxr_shadow_difference",
            "Largest difference of a class probability between the answer and the shadow's",
            registry=self.registry,
            buckets=DIFFERENCES,
        )

    def _begin(self) -> None:
        """At 0, what alerts ask the increase of: of a series that begins at 1, Prometheus sees none."""
        for lane in (Lane.URGENT, Lane.ROUTINE):
            self.admitted.labels(lane.label)
            self.rejected.labels(lane.label)
        for result in ("done", "refused"):
            self.switches.labels(result)

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

    def problem(self, code: str) -> None:
        """One was answered."""
        self.problems.labels(code).inc()
        self.problem_times.labels(code).set_to_current_time()

    def answered(self, stage: str, lane: Lane, queue_s: float, call_s: float, inference_s: float) -> None:
        """One call of a stage: the wait before it, the call, and of that the network's own time."""
        self.stage_queue.labels(stage, lane.label).observe(queue_s)
        self.stage_inference.labels(stage).observe(inference_s)
        self.stage_transport.labels(stage).observe(max(call_s - inference_s, 0))

    def forget_fleet(self) -> None:
        """Before the replicas are told anew: a release that is gone must not be told for ever."""
        for gauge in (self.limit, self.replica_states, self.releases):
            gauge.clear()

    def replicas(self, release: str, role: str, stage: str, now: Replicas) -> None:
        """One release's replicas of a stage, as they are now."""
        self.limit.labels(release, stage).set(now.limit)
        self.replica_states.labels(release, stage, "up").set(now.up)
        self.replica_states.labels(release, stage, "down").set(now.down)
        for version in now.versions:
            self.releases.labels(release, stage, role, version).set(1)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

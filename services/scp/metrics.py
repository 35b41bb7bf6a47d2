"""What Prometheus sees of the listener: counts and times, never anything of a patient."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from auditing.metrics import TrailMetrics

SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200)
"""Histogram bounds: from an idle cascade to an outage of hours."""


class Metrics:
    """The listener's own, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.received = Counter(
            "cxr_scp_received", "Films by what was answered: kept, duplicate, ours, full, failed", ["answer"],
            registry=self.registry,
        )  # fmt: skip
        for answer in (
            "kept",
            "duplicate",
            "ours",
            "full",
            "failed",
        ):  # of a series that begins at 1, no increase is seen
            self.received.labels(answer)
        self.problems = Counter(
            "cxr_scp_problems", "Problem answers of STOW-RS by code", ["code"], registry=self.registry
        )
        self.rejected = Counter("cxr_scp_rejected", "Associations rejected", registry=self.registry)
        self.films = Counter("cxr_scp_films", "Films by how they ended", ["state"], registry=self.registry)
        self.film_seconds = Histogram(
            "cxr_scp_film_seconds", "From reception to results", registry=self.registry, buckets=SECONDS
        )
        self.waiting = Gauge("cxr_scp_waiting", "Films in the spool", registry=self.registry)
        self.dead = Gauge("cxr_scp_dead", "Dead letters", registry=self.registry)
        self.sent = Counter(
            "cxr_scp_deliveries", "Results by route and end: delivered, undelivered, again", ["route", "end"],
            registry=self.registry,
        )  # fmt: skip
        self.amendments = Counter(
            "cxr_scp_amendments", "Readers' amendments by what was answered: kept, duplicate, nothing, refused, later",
            ["answer"], registry=self.registry,
        )  # fmt: skip
        self.trail = TrailMetrics("cxr_scp", self.registry)
        self.queued = Gauge("cxr_scp_queued", "Results that wait, by route", ["route"], registry=self.registry)

    def render(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)

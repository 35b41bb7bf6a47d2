"""What Prometheus sees of an audit in files."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from auditing.trail import Trail


class TrailMetrics:
    """What Prometheus sees of a trail."""

    def __init__(self, prefix: str, registry: CollectorRegistry) -> None:
        """All 0; the prefix is as cxr or cxr_scp."""
        self._held = Gauge(f"{prefix}_audit_held", "Rows of the audit in memory, for a full disk", registry=registry)
        self._lost = Counter(f"{prefix}_audit_lost", "Rows of the audit never written", registry=registry)
        self._unsent = Gauge(f"{prefix}_audit_unsent", "Rows that the repository does not have", registry=registry)
        self._counted = 0

    def observe(self, trail: Trail) -> None:
        """As it is now."""
        self._held.set(trail.held)
        self._lost.inc(trail.lost - self._counted)
        self._counted = trail.lost
        try:
            self._unsent.set(len(trail.unsent) if trail.unsent is not None else 0)
        except OSError:  # the disk; that it takes no rows is told above
            return

"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The reading room's own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        named = {"registry": self.registry}
        self.opinions = Counter("review_opinions", "Opinions given.", ["seen"], **named)  # type: ignore[arg-type]
        self.films = Gauge("review_films", "Films, by state.", ["state"], **named)  # type: ignore[arg-type]
        self.amendments = Gauge(
            "review_amendments",
            "Amendments for the listener, by state.",
            ["state"],
            **named,  # type: ignore[arg-type]
        )
        self.forgotten = Gauge("review_films_forgotten", "Films that were forgotten, or kept long enough.", **named)  # type: ignore[arg-type]
        self.disk_free = Gauge("review_disk_free_bytes", "Free on the disk of the folder.", **named)  # type: ignore[arg-type]
        self.disk_short = Gauge("review_disk_short", "Whether no films are taken in for that.", **named)  # type: ignore[arg-type]
        self.owed = Gauge("review_audit_held", "Rows of the audit in memory, for a full disk.", **named)  # type: ignore[arg-type]
        self.unsent = Gauge("review_audit_unsent", "Rows that the repository does not have.", **named)  # type: ignore[arg-type]
        self.gateway = Gauge("review_gateway_ready", "Whether the gateway answers.", **named)  # type: ignore[arg-type]

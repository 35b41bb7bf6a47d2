"""What the services really export, asked of their registries; and what was seen of others."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry

from gateway.drift import Drift
from gateway.metrics import Metrics as GatewayMetrics
from imaging.reference import Reference
from local.places import ROOT
from review.metrics import Metrics as ReviewMetrics
from scp.metrics import Metrics as ListenerMetrics

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}

TORCHSERVE = {
    "ts_inference_requests_total": {"model_name", "model_version", "hostname"},
    "QueueTime": {"Level", "Hostname"},
    "WorkerLoadTime": {"WorkerName", "Level", "Hostname"},
}
"""Source: TorchServe 0.12 with metrics_mode=prometheus, asked over gRPC only; tests/integration looks again."""

PROMETHEUS: dict[str, set[str]] = {"up": set(), "ALERTS": {"alertname", "alertstate", "severity"}}

TARGET = {"job", "instance", "stage"}
"""Labels that Prometheus itself adds: deploy/observability/prometheus.yml."""


def exported() -> dict[str, set[str]]:
    """Name of each time series to the names of its labels."""
    gateway = GatewayMetrics()
    Drift({"chest": Reference.read(ROOT / "model_store" / "reference.json")}, gateway.registry)
    found = dict(TORCHSERVE) | PROMETHEUS
    for registry in (gateway.registry, ListenerMetrics().registry, ReviewMetrics().registry):
        found |= dict(_series(registry))
    return found


def _series(registry: CollectorRegistry) -> Iterator[tuple[str, set[str]]]:
    for collector in list(registry._collector_to_names):
        for family in collector.collect():
            own: Any = getattr(collector, "_labelnames", None) or getattr(family, "_labelnames", ())
            for suffix in SUFFIXES[family.type]:
                yield family.name + suffix, set(own) | ({"le"} if suffix == "_bucket" else set())

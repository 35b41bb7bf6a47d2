"""Spans for OpenTelemetry, sent over OTLP where OTEL_EXPORTER_OTLP_ENDPOINT says where to; else its SDK is not even
imported, which would make a restarted worker's callers wait.

Other standard variables, such as OTEL_TRACES_SAMPLER and OTEL_BSP_SCHEDULE_DELAY, are read by the SDK itself.
"""

import atexit
import os
import re
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

CLOSE_S = 2.0
"""For the last spans. Source: the exporter itself was seen to try for 7 s to reach a collector that was away."""

HEADER = "traceparent"
"""In HTTP, and in the request to a stage. Source: W3C Trace Context, 3.2."""

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def provider(service: str, version: str) -> "TracerProvider | None":
    """Where a process's spans go; None where tracing is off.

    Args:
        service: such as cxr-gateway.
        version: of the service.
    """
    if not os.environ.get(ENDPOINT):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = Resource.create({"service.name": service, "service.version": version})
    made = TracerProvider(resource=about, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def close(provider: "TracerProvider") -> None:
    """Send what is left, unless that takes longer than CLOSE_S: a collector that is away must hold up no stop."""
    closing = threading.Thread(target=provider.shutdown, daemon=True)
    closing.start()
    closing.join(CLOSE_S)


def trace_id(traceparent: str) -> str | None:
    """The trace that a traceparent belongs to, as 32 hex digits; None where it is none."""
    found = TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else None


class Inferences:
    """A stage's spans: one for each radiograph that its network worked on, under the gateway's span of the stage."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._tracer = provider.get_tracer("cxr")
        atexit.register(close, provider)

    def add(self, requests: Iterable[tuple[str, str]], seconds: float, batch: int) -> None:
        """The batch that has just been worked on.

        Args:
            requests: traceparent and request id of each radiograph that came with one.
            seconds: the network's own time.
            batch: radiographs in it.
        """
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        ended = time.time_ns()
        for traceparent, request_id in requests:
            parent = TraceContextTextMapPropagator().extract({HEADER: traceparent})
            attributes: dict[str, str | int] = {"cxr.request_id": request_id, "cxr.batch": batch}
            span = self._tracer.start_span(
                "inference", parent, SpanKind.SERVER, attributes, start_time=ended - round(1e9 * seconds)
            )
            span.end(ended)

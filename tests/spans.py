"""A real OTLP/HTTP receiver on loopback, for spans that are really sent."""

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

PATH = "/v1/traces"


@dataclass(frozen=True)
class Span:
    """One that was received."""

    name: str
    service: str
    version: str
    trace: str
    id: str
    parent: str
    start: int
    """Nanoseconds since 1970."""
    end: int
    error: str | None
    attributes: dict[str, Any]


@dataclass
class Receiver:
    """What came so far."""

    url: str
    spans: list[Span] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def wait(self, enough: Callable[[list[Span]], bool], timeout_s: float = 10) -> list[Span]:
        """All spans, when they are enough."""
        end = time.monotonic() + timeout_s
        while not enough(self.spans):
            assert time.monotonic() < end, sorted((span.service, span.name) for span in self.spans)
            time.sleep(0.02)
        return list(self.spans)

    def take(self, body: bytes) -> None:
        """One request of an exporter."""
        self.raw.append(body)
        for told in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = _plain(told.resource.attributes)
            for scope in told.scope_spans:
                self.spans += [_span(about, each) for each in scope.spans]


def children(spans: list[Span], parent: Span) -> list[Span]:
    """In the order in which they began."""
    return sorted((span for span in spans if span.parent == parent.id), key=lambda span: span.start)


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == PATH
            receiver.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def _span(about: dict[str, Any], told: Any) -> Span:
    return Span(
        told.name,
        about["service.name"],
        about["service.version"],
        told.trace_id.hex(),
        told.span_id.hex(),
        told.parent_span_id.hex(),
        told.start_time_unix_nano,
        told.end_time_unix_nano,
        told.status.message if told.status.code == told.status.STATUS_CODE_ERROR else None,
        _plain(told.attributes),
    )


def _plain(attributes: "list[KeyValue] | Any") -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}

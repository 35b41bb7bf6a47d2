"""One span a request, in the trace of whoever asked."""

import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doors.request_id import current_request_id
from gateway.tracing import spans_to

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

SERVICE = "cxr-gateway"

TRACED = "/v1/assessments"
"""What a POST to is traced."""


class Traced:
    """ASGI middleware: a server span for each posted film, in the caller's trace where it sent a traceparent."""

    def __init__(self, app: ASGIApp, tracer: "Tracer") -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != TRACED:
            await self._app(scope, receive, send)
            return
        with self._server_span(scope) as current:

            async def respond(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answered(current, int(message["status"]))
                await send(message)

            await self._app(scope, receive, respond)

    @contextlib.contextmanager
    def _server_span(self, scope: Scope) -> "Iterator[Span]":
        """The request's span; its trace is named in every log line."""
        from opentelemetry.trace import SpanKind, format_trace_id
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract(dict(Headers(scope=scope)))
        attributes = {
            "http.request.method": scope["method"],
            "http.route": TRACED,
            "cxr.request_id": current_request_id() or "",
        }
        with self._tracer.start_as_current_span(
            f"POST {TRACED}", parent, SpanKind.SERVER, attributes, record_exception=False, set_status_on_exception=False
        ) as current:
            structlog.contextvars.bind_contextvars(trace_id=format_trace_id(current.get_span_context().trace_id))
            with spans_to(self._tracer):
                yield current


def _answered(current: "Span", status: int) -> None:
    """Source: OpenTelemetry's semantic conventions for HTTP: a server's span fails with 5xx only."""
    from opentelemetry.trace import StatusCode

    current.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        current.set_status(StatusCode.ERROR)

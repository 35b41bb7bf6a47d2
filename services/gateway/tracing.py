"""The gateway's spans: one a request, and in it one for each thing that takes time.

with span("segmenter"):
    ...

Nothing of a patient is in them. Where tracing is off they cost a look at a context variable.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cxr.errors import CxrError
from cxr.tracing import HEADER
from gateway.requests import current_request_id

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

SERVICE = "cxr-gateway"

TRACED = "/v1/assessments"
"""What a POST to is traced."""

_tracer: ContextVar["Tracer | None"] = ContextVar("tracer", default=None)
"""Of the gateway whose request is being answered: None where tracing is off, and outside of traced requests."""


@contextlib.contextmanager
def span(name: str, kind: str = "INTERNAL", **attributes: str | int) -> Iterator[None]:
    """A part of what is going on; an error that leaves it is told by its code, not by its text.

    Args:
        name: the span's.
        kind: a name of opentelemetry.trace.SpanKind.
        attributes: what else is to be known, without anything of a patient.
    """
    tracer = _tracer.get()
    if tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    named = {f"cxr.{key}": value for key, value in attributes.items()}
    with tracer.start_as_current_span(
        name, kind=SpanKind[kind], attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            _fail(current, error)
            raise


def traceparent() -> str | None:
    """What says to a stage which span it works for; None where tracing is off."""
    if _tracer.get() is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(HEADER)


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
            token = _tracer.set(self._tracer)
            try:
                yield current
            finally:
                _tracer.reset(token)


def _answered(current: "Span", status: int) -> None:
    """Source: OpenTelemetry's semantic conventions for HTTP: a server's span fails with 5xx only."""
    from opentelemetry.trace import StatusCode

    current.set_attribute("http.response.status_code", status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        current.set_status(StatusCode.ERROR)


def _fail(current: "Span", error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    current.set_status(StatusCode.ERROR, error.code if isinstance(error, CxrError) else type(error).__name__)

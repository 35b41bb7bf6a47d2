"""The gateway's spans: one a request, and in it one for each thing that takes time.

with span("segmenter"):
    ...

Nothing of a patient is in them. Where tracing is off they cost a look at a context variable.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

from cxr.errors import CxrError
from cxr.tracing import HEADER

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

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


@contextlib.contextmanager
def spans_to(tracer: "Tracer") -> Iterator[None]:
    """Spans are this tracer's until the end of the block."""
    token = _tracer.set(tracer)
    try:
        yield
    finally:
        _tracer.reset(token)


def _fail(current: "Span", error: BaseException) -> None:
    from opentelemetry.trace import StatusCode

    current.set_status(StatusCode.ERROR, error.code if isinstance(error, CxrError) else type(error).__name__)

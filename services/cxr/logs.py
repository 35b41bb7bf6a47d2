"""Logs: one JSON object a line on standard output, the same for the gateway and the stages."""

import logging
import sys
import warnings

import structlog

_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold patient data
)


TALKATIVE = ("pydicom", "highdicom", "httpx", "httpcore")
"""Libraries that tell at INFO or WARNING what they read, or whom they ask: values of a header are patient data."""


def configure(service: str, level: str = "INFO", libraries: str = "INFO") -> None:
    """Send structlog and the standard library's logging to standard output as JSON.

    Args:
        service: named in every line.
        level: a logging level's name.
        libraries: the lowest level that is taken from others than this project.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name(service),
    ]
    structlog.configure(
        processors=[*shared, _TRACEBACKS, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _TRACEBACKS,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    levels = logging.getLevelNamesMapping()
    logging.basicConfig(level=max(levels[level], levels[libraries]), handlers=[handler], force=True)
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")  # those of libraries name values of the files that they read


def _name(service: str) -> structlog.typing.Processor:
    def add(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"service": service, **event}

    return add

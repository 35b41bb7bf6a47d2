"""Which language a request is answered in: the person's own, else the first of their browser's that there is, else the
setting's.

Outside of a request, as on the command line and in logs, it is English.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from review.languages.catalogue import LANGUAGES, SOURCE, Language


@dataclass
class _Spoken:
    """Changed in place: who asks is found out in another thread, whose changes of a context variable are its own."""

    language: Language


_spoken: ContextVar[_Spoken | None] = ContextVar("spoken", default=None)


class Speaking:
    """ASGI middleware: each request in the language that its browser asks for, until it is known who asks."""

    def __init__(self, app: ASGIApp, otherwise: Language) -> None:
        self._app = app
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in it."""
        if scope["type"] == "http":
            _spoken.set(_Spoken(asked(Headers(scope=scope).get("accept-language", ""), self._otherwise)))
        await self._app(scope, receive, send)


def spoken() -> Language:
    """That of the request which is being answered."""
    now = _spoken.get()
    return now.language if now else SOURCE


def speak(language: Language | None) -> None:
    """Answer this request in a language from now on; None: as before."""
    if language and (now := _spoken.get()):
        now.language = language


def known(language: str | None) -> Language | None:
    """It, where there are texts in it."""
    return language if language in LANGUAGES else None


def asked(header: str, otherwise: Language) -> Language:
    """The most wanted language of an Accept-Language header that there is (RFC 9110, 12.5.4).

    Args:
        header: as sent; empty where there is none.
        otherwise: where it names none that there is.
    """
    wanted = sorted(map(_weighed, header[:500].split(",")), key=lambda each: -each[1])
    found = (known(tag.partition("-")[0]) for tag, weight in wanted if weight > 0)
    return next(filter(None, found), otherwise)


def _weighed(part: str) -> tuple[str, float]:
    tag, _, parameter = part.strip().lower().partition(";")
    name, _, weight = parameter.strip().partition("=")
    try:
        return tag.strip(), float(weight) if name == "q" else 1.0
    except ValueError:
        return tag.strip(), 0.0

"""Looking at it: once, or again and again until somebody has seen enough."""

import contextlib
import time
from argparse import ArgumentParser, Namespace

from rich.console import Console
from rich.live import Live
from rich.text import Text

from local.errors import NotUpError
from local.stack import Stack
from local.top.screen import screen
from local.top.sources import Now, Sources, client

EVERY_S = 2.0
"""Between two looks of the live form."""

SECONDS = 10.0
"""That the live form's figures are of: enough for a p95 that does not jump, soon enough to see what just changed."""

ONCE_S = 2.0
"""The same of --once, which nobody wants to wait for."""


def add_options(parser: ArgumentParser) -> None:
    """What can be said of it."""
    parser.add_argument("--once", action="store_true", help="print the figures once, and end")
    parser.add_argument("--json", action="store_true", help="the same as JSON, for programs")
    parser.add_argument(
        "--seconds", type=_seconds, help=f"that the figures are of; default {SECONDS:g}, with --once {ONCE_S:g}"
    )
    parser.add_argument("--url", help="of another gateway than that of this machine's stack")
    parser.add_argument("--listener", default="", help="with --url: address of the listener's HTTP door")
    parser.add_argument("--reading-room", default="", help="with --url: address of the reading room")


def watch(stack: Stack, given: Namespace, console: Console) -> None:
    """Show what is done now; where nobody looks at a terminal, once.

    Raises:
        NotUpError: there is nothing to look at.
    """
    once = given.once or given.json or not console.is_terminal
    seconds = given.seconds or (ONCE_S if once else SECONDS)
    sources = _sources(stack, given, seconds)
    if once:
        now = look_once(sources)
        console.print_json(now.model_dump_json()) if given.json else console.print(screen(now, sources.gateway.url))
        return
    with contextlib.suppress(KeyboardInterrupt):
        _live(sources, console)


def look_once(sources: Sources) -> Now:
    """The figures of some seconds from now on.

    Raises:
        NotUpError: the gateway does not answer.
    """
    with client() as asking:
        sources.look(asking)
        time.sleep(sources.seconds)
        sources.look(asking)
    now = sources.now()
    if now is None:
        raise NotUpError(f"The gateway at {sources.gateway.url} began anew meanwhile. Try again.")
    return now


def _live(sources: Sources, console: Console) -> None:
    """Until Ctrl-C. A gateway that goes away may come back."""
    with client() as asking, Live(console=console, screen=True, auto_refresh=False) as live:
        sources.look(asking)
        live.update(Text(f"Looking at {sources.gateway.url}. Ctrl-C ends."), refresh=True)
        while True:
            time.sleep(EVERY_S)
            try:
                sources.look(asking)
            except NotUpError as error:
                live.update(Text(f"{error} Asking again. Ctrl-C ends."), refresh=True)
                continue
            if now := sources.now():
                live.update(screen(now, sources.gateway.url), refresh=True)


def _sources(stack: Stack, given: Namespace, seconds: float) -> Sources:
    if given.url:
        return Sources.at(given.url, given.listener, given.reading_room, seconds)
    if not stack.is_up():
        raise NotUpError('The stack is not up: `make up` starts it. Another gateway: make top ARGS="--url ADDRESS".')
    gateway, listener, room = (
        stack.address(name) if name in stack.parts else "" for name in ("gateway", "scp", "review")
    )
    return Sources.at(gateway, listener, room, seconds)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.1 <= seconds <= 3600:
        raise ValueError(text)
    return seconds

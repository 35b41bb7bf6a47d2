"""How a film follows the hand: from a pointer that moves until what it changed is on the screen, as the browser has it.

Chromium traces each event of a pointer up to the frame that shows what it did (EventLatency), compositing included, so
that a viewer which draws elsewhere than in the page's own thread is measured like one that draws there.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser

from tests.integration.reading_room import Doctor, Fingers

MOVES = 60
"""In one drag: a second of it, at 60 frames a second."""

SETTLED_MS = 500
"""How long a page is left alone before it is measured, and before the last frame is taken to be there."""

CATEGORIES = ["benchmark", "cc", "input", "input.scrolling"]

Button = Literal["left", "middle", "right"]
Point = tuple[float, float]
Events = list[dict[str, Any]]


def drag(doctor: Doctor, browser: Browser, button: Button) -> list[float]:
    """By the mouse: left sets the window, middle moves the film, right zooms; milliseconds of each move."""
    (x, y), mouse = _middle(doctor), doctor.page.mouse
    mouse.move(x, y)
    mouse.down(button=button)
    with _traced(doctor, browser) as events:
        for step in range(MOVES):
            mouse.move(x + step, y + step / 2)
    mouse.up(button=button)
    return _latencies(events, "MOUSE_DRAGGED")


def touch_window_drag(doctor: Doctor, browser: Browser) -> tuple[list[float], float]:
    """The same with one finger; and how many gray values wider the window was then."""
    x, y = _middle(doctor)
    before = _width(doctor)
    took = _touched(doctor, browser, lambda step: [(x + step, y + step / 2)])
    return took, _width(doctor) - before


def pinch(doctor: Doctor, browser: Browser) -> tuple[list[float], float]:
    """Two fingers that part and go aside; milliseconds of each move, and how much larger the film was then."""
    x, y = _middle(doctor)
    before = _zoom(doctor)
    took = _touched(doctor, browser, lambda step: [(x - 50 - step / 2, y + step), (x + 50 + step * 1.5, y + step)])
    return took, round(_zoom(doctor) / before, 2)


def _touched(doctor: Doctor, browser: Browser, at: Callable[[int], list[Point]]) -> list[float]:
    fingers, places = Fingers(doctor.page), at(0)
    for number in range(len(places)):
        fingers.down(*places[: number + 1])
    with _traced(doctor, browser) as events:
        for step in range(1, MOVES + 1):
            fingers.move(*at(step))
    fingers.up()
    return _latencies(events, "TOUCH_MOVED")


@contextmanager
def _traced(doctor: Doctor, browser: Browser) -> Iterator[Events]:
    """What the browser does meanwhile; the list is filled at the end."""
    events: Events = []
    doctor.page.wait_for_timeout(SETTLED_MS)
    browser.start_tracing(page=doctor.page, categories=CATEGORIES)
    yield events
    doctor.page.wait_for_timeout(SETTLED_MS)
    events += json.loads(browser.stop_tracing())["traceEvents"]


def _latencies(events: Events, kind: str) -> list[float]:
    """Milliseconds from each event of a kind to the frame that showed it."""
    named = sorted((each for each in events if each["name"] == "EventLatency"), key=lambda each: float(each["ts"]))
    began: dict[str, float] = {}
    took = []
    for each in named:
        key = f"{each['pid']} {each['id2']}"
        if each["ph"] == "b" and each["args"].get("event_latency", {}).get("event_type") == kind:
            began[key] = each["ts"]
        elif each["ph"] == "e" and key in began:
            took.append((each["ts"] - began.pop(key)) / 1000)
    return took


def _middle(doctor: Doctor) -> Point:
    box = doctor.page.locator("#pane-main").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _zoom(doctor: Doctor) -> float:
    """Percent of the film's own size, as the page says."""
    return _read(doctor, r"(\d+) %")


def _width(doctor: Doctor) -> float:
    """Of the window, in gray values."""
    return _read(doctor, r"W (\d+)")


def _read(doctor: Doctor, what: str) -> float:
    found = re.search(what, doctor.page.locator("#reading-main").text_content() or "")
    assert found
    return float(found[1])

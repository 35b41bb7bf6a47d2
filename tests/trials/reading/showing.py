"""How long the reading room's pages take until they are on the screen."""

import time

from tests.integration.reading_room import Doctor, Room

WATCH = """
const seen = {
  film: () => document.getElementById("first")?.naturalWidth > 0 && document.getElementById("first").complete,
  answer: () => document.getElementById("answer-body")?.childElementCount > 0,
  viewer: () => document.getElementById("film")?.dataset.ready,
};
window.told = {};
const look = () => {
  for (const [name, there] of Object.entries(seen)) if (!(name in told) && there()) told[name] = performance.now();
  if (Object.keys(told).length < 3) requestAnimationFrame(look);
};
look();
"""
"""When what was on the screen, in milliseconds from the start of the navigation; looked at each frame."""

SHOWN = "() => [...document.images].every((each) => each.complete && each.naturalWidth > 0)"

PATIENCE_MS = 120_000


def lists(doctor: Doctor, films: int, times: int) -> dict[str, list[float]]:
    """Milliseconds until a page of the worklist has arrived, by what was asked for."""
    doctor.search("patient 77")
    paths = {
        "to read, most urgent first": "/",
        "all, newest first, last page": f"/?status=all&order=newest&page={films // 50}",
        "search by name": doctor.page.url.removeprefix(doctor.room.url),
    }
    return {f"worklist: {name}": [_arrived(doctor, path) for _ in range(times)] for name, path in paths.items()}


def film(doctor: Doctor, room: Room, times: int) -> dict[str, list[float]]:
    """Milliseconds until the newest film is on the screen, the models' answer is, and the viewer has taken over."""
    newest = room.films()[-1].id
    took: dict[str, list[float]] = {"film": [], "answer": [], "viewer": []}
    for _ in range(times):
        doctor.page.goto(f"{room.url}/films/{newest}")
        doctor.wait_film()
        doctor.page.wait_for_timeout(100)
        for name, at in doctor.page.evaluate("window.told").items():
            took[name].append(at)
    return {f"film page, until the {name}": each for name, each in took.items()}


def insight(chief: Doctor, room: Room, times: int) -> dict[str, list[float]]:
    """Milliseconds until /insight with all its plots is on the screen: for the first time since the reading room began,
    when it imports what computes it; and computed anew."""
    page = chief.page
    page.set_viewport_size({"width": 1280, "height": 8000})  # plots are loaded when they come into sight
    took = []
    for number in range(1 + times):
        started = time.perf_counter()
        # Other readings each time, as the page sees it, and yet all of them: what was computed is kept for a minute.
        page.goto(f"{room.url}/insight?from=2020-01-{number + 1:02d}", timeout=PATIENCE_MS)
        page.wait_for_function(SHOWN, timeout=PATIENCE_MS)
        took.append(1000 * (time.perf_counter() - started))
    return {"insight page, for the first time": took[:1], "insight page, computed anew": took[1:]}


def _arrived(doctor: Doctor, path: str) -> float:
    started = time.perf_counter()
    assert doctor.context.request.get(doctor.room.url + path).ok
    return 1000 * (time.perf_counter() - started)

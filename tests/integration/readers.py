"""Readers without a window: what a doctor's browser sends, for tests of what comes of it."""

import html
import json
import re
import uuid

import httpx

from tests.integration.reading_room import PASSWORD, Room


class Reader(httpx.Client):
    """A doctor's browser, logged in."""

    def __init__(self, room: Room, login: str) -> None:
        super().__init__(base_url=room.url, timeout=60, follow_redirects=True)
        form = {"csrf": _csrf(self.get("/log-in").text), "login": login, "password": PASSWORD, "next": "/"}
        self.headers["X-CSRF-Token"] = _csrf(self.post("/log-in", data=form).text)

    def drop(self, film: bytes) -> str:
        """Its name in the worklist."""
        answer = self.post("/films", content=film, headers={"Content-Type": "image/png"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def say(self, film: str, label: str) -> None:
        """Open a film, and say what is on it."""
        self._opinion(film, {"label": label})

    def measure(self, film: str, value: float) -> None:
        """Open a film of which a number is asked, and say it."""
        self._opinion(film, {"value": round(value, 1)})

    def _opinion(self, film: str, said: dict[str, object]) -> None:
        page = self.get(f"/films/{film}").text
        state = json.loads(html.unescape(re.search(r'id="film-state"[^>]*>(.*?)</script>', page, re.S)[1]))
        shown = {"answer": state["answer"] is not None}
        about = {"key": str(uuid.uuid4()), "sitting": state["sitting"], "sureness": "sure", "shown": shown}
        answer = self.post(f"/films/{film}/opinions", json=about | said)
        assert answer.status_code == 201, answer.text


def _csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]

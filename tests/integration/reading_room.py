"""What the tests of the reading room share: a room of its own beside the session's stack, and doctors with browsers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from ulid import ULID

from client.token import named_file
from local.places import ROOT
from review import database
from review.door import passwords
from review.people import Reader
from review.tables import Assessment, Film, Opinion
from tests import peers
from tests.unit.conftest import free_port

FLAGS = ["--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader"]

BROWSER = ("chromium", "playwright")
needs_browser = peers.needs(*BROWSER)

SAMPLES = ROOT / "tests" / "data"
PASSWORD = "a film is worth a thousand words"  # noqa: S105 - of readers who live for one test
READY_WITHIN_S = 240


@dataclass
class Room:
    """A running reading room."""

    url: str
    folder: Path
    sessions: database.Sessions

    def add_reader(self, login: str, role: str = "reader") -> None:
        """A reader who has set their password."""
        row = {"id": str(ULID()), "login": login, "name": f"Dr {login.title()}", "role": role, "active": True}
        with self.sessions.begin() as session:
            session.add(Reader(password=passwords.hashed(PASSWORD), created=datetime.now(UTC), **row))

    def opinions(self) -> list[Opinion]:
        """All that was ever said, in order."""
        with self.sessions() as session:
            return list(session.query(Opinion).order_by(Opinion.number))

    def films(self) -> list[Film]:
        """All films, in the order of arrival."""
        with self.sessions() as session:
            return list(session.query(Film).order_by(Film.arrived))

    def assessments(self) -> list[Assessment]:
        """All that the models said."""
        with self.sessions() as session:
            return list(session.query(Assessment).order_by(Assessment.created))


@contextmanager
def open_room(folder: Path, gateway: str, **settings: Any) -> Iterator[Room]:
    """A reading room with these settings, until the end of the block."""
    port = free_port()
    chosen = {"port": port, "folder": folder, "gateway": gateway, "secure": "false", "feed": "false", "blind_share": 0}
    chosen["least_free_bytes"] = 0
    environment = {f"REVIEW_{name.upper()}": str(value) for name, value in (chosen | settings).items()}
    environment |= {"PYTHONPATH": str(ROOT / "services"), "REVIEW_TOKEN_FILE": str(named_file() or "")}
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "review", "serve"]
        process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, folder / "log")
        yield Room(url, folder, database.sessions(database.connect(f"sqlite:///{folder / 'review.sqlite'}")))
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, "the reading room is not ready"
        time.sleep(0.1)


class Doctor:
    """A reader at a browser of their own."""

    def __init__(self, context: BrowserContext, room: Room) -> None:
        self.context = context
        self.room = room
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}") or dialog.dismiss())

    def log_in(self, login: str) -> "Doctor":
        """With the password that all have here."""
        self.page.goto(f"{self.room.url}/log-in")
        self.page.get_by_label("Log-in name").fill(login)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        self.page.wait_for_selector("#worklist")
        return self

    def add(self, *files: Path | dict[str, Any], within_s: float = 60) -> None:
        """Give files to the worklist, and wait until all are done."""
        self.page.goto(f"{self.room.url}/?status=all")
        self.page.set_input_files("#files", list(files))
        self.page.wait_for_selector("#drops-close:not([hidden])", timeout=1000 * within_s)

    def search(self, words: str, query: str = "status=all") -> None:
        """Search the worklist for words; what else is asked for is in the query."""
        self.page.goto(f"{self.room.url}/?{query}")
        self.page.locator("#search").fill(words)
        self.page.locator("#search").press("Enter")
        self.page.wait_for_url("**/?*find=*")

    def open(self, number: int = 0) -> None:
        """Open a film of the list, and wait until it is drawn."""
        self.page.locator("#rows a.open").nth(number).click()
        self.wait_film()

    def wait_film(self) -> None:
        """Until the film is drawn by the viewer."""
        self.page.wait_for_selector("#film[data-ready]", timeout=20_000)

    def state(self) -> dict[str, Any]:
        """What the server gave the page."""
        return json.loads(self.page.locator("#film-state").text_content() or "{}")

    def press(self, key: str) -> None:
        """On the keyboard."""
        self.page.keyboard.press(key)

    def saved(self) -> None:
        """Wait until the page says that it was saved."""
        self.page.get_by_test_id("notice").filter(has_text="Saved").wait_for(timeout=10_000)


class Fingers:
    """Fingers on a page's screen; Playwright itself only taps."""

    def __init__(self, page: Page) -> None:
        self._screen = page.context.new_cdp_session(page)

    def down(self, *places: tuple[float, float]) -> None:
        """So many fingers touch the screen, in CSS pixels."""
        self._send("touchStart", places)

    def move(self, *places: tuple[float, float]) -> None:
        """All of them move, each to its place."""
        self._send("touchMove", places)

    def up(self) -> None:
        """All of them leave."""
        self._send("touchEnd", ())

    def _send(self, kind: str, places: tuple[tuple[float, float], ...]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@contextmanager
def doctor(browser: Browser, room: Room, login: str = "", **options: Any) -> Iterator[Doctor]:
    """A doctor, logged in where a name is given; at the end no script of any page may have failed."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}} | options)
    try:
        person = Doctor(context, room)
        if login:
            person.log_in(login)
        yield person
        assert person.errors == []
    finally:
        context.close()


def variants(count: int) -> list[dict[str, Any]]:
    """So many different films, as files of a browser: the sample film, a little brighter or darker in places."""
    film = np.asarray(Image.open(SAMPLES / "normal.png").convert("L"))
    random = np.random.default_rng(0)
    return [
        {"name": f"film-{number}.png", "mimeType": "image/png", "buffer": _noisy(film, random)}
        for number in range(count)
    ]


def _noisy(film: Any, random: np.random.Generator) -> bytes:
    file = BytesIO()
    noise = random.integers(-2, 3, film.shape)
    Image.fromarray(np.clip(film + noise, 0, 255).astype(np.uint8)).save(file, "PNG", compress_level=1)
    return file.getvalue()

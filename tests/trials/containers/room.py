"""The reading room as its people's browsers see it: an administrator with a second factor, and a reader."""

import html
import json
import re
import time
import uuid
from collections.abc import Callable
from itertools import count
from typing import Any, Self

import httpx
import pyotp

from tests.trials.containers.compose import REVIEW, Compose
from tests.trials.containers.errors import ContainersError

PASSWORD = "three words, no more"  # noqa: S105  a trial's
HIDDEN = re.compile(r'name="(csrf|half|given)" value="([^"]+)"')
SPELT = re.compile(r'<code id="key">([A-Z2-7 ]+)</code>')
STATE = re.compile(r'id="film-state"[^>]*>(.*?)</script>', re.DOTALL)
LISTED = re.compile(r'<tr data-film="([^"]+)"')
LINK = re.compile(r"/invitation/[A-Za-z0-9_-]{43}")


class Browser(httpx.Client):
    """One of a proxy's: it takes the cookies that are for HTTPS alone, as if there were one before the reading room."""

    def __init__(self) -> None:
        """Nobody is logged in yet."""
        super().__init__(base_url=REVIEW, timeout=60, follow_redirects=True, event_hooks={"response": [self._take]})

    @classmethod
    def invited(cls, link: str) -> tuple[Self, httpx.Response]:
        """Who follows a link, sets their password, and what they see then."""
        browser = cls()
        return browser, browser.send_form(browser.get(link), link, password=PASSWORD, again=PASSWORD)

    def send_form(self, page: httpx.Response, path: str, **form: str) -> httpx.Response:
        """The form of a page, filled in.

        Raises:
            ContainersError: it is not taken.
        """
        hidden = dict(HIDDEN.findall(page.text))
        answer = self.post(path, data=hidden | form)
        if answer.is_error:
            raise ContainersError(f"{path} is answered {answer.status_code}: {answer.text[:300]}")
        self.headers["X-CSRF-Token"] = dict(HIDDEN.findall(answer.text)).get("csrf", "")
        return answer

    def films(self) -> list[str]:
        """The worklist of modalities' films, the read ones among them, the newest first.

        Ordered by urgency, those that are to be read blind stand elsewhere as soon as there are others.
        """
        listed: dict[str, None] = {}
        for page in count(1):
            shown = LISTED.findall(self.get("/", params={"status": "all", "order": "newest", "page": page}).text)
            if listed.keys() >= set(shown):
                return list(listed)
            listed |= dict.fromkeys(shown)
        raise AssertionError("pages have no end")

    def say(self, film: str, label: str) -> None:
        """Open a film, and say what is on it.

        Raises:
            ContainersError: it is not taken.
        """
        state = self.state(film)
        about = {"key": str(uuid.uuid4()), "sitting": state["sitting"], "sureness": "sure", "label": label}
        shown = {"answer": state["answer"] is not None}
        answer = self.post(f"/films/{film}/opinions", json=about | {"shown": shown})
        if answer.status_code != httpx.codes.CREATED:
            raise ContainersError(f"an opinion is answered {answer.status_code}: {answer.text[:300]}")

    def state(self, film: str) -> dict[str, Any]:
        """What the page of a film knows."""
        found = STATE.search(self.get(f"/films/{film}").text)
        if not found:
            raise ContainersError(f"the page of film {film} does not open")
        state: dict[str, Any] = json.loads(html.unescape(found[1]))
        return state

    def shows(self, film: str) -> bool:
        """Whether the film's picture comes."""
        return self.get(f"/films/{film}/radiograph.png").status_code == httpx.codes.OK

    def _take(self, response: httpx.Response) -> None:
        """Send back what came, although no HTTPS is spoken."""
        for cookie in self.cookies.jar:
            cookie.secure = False


class People:
    """Who reads in a room that had nobody before: `boss` invites `ada`."""

    def __init__(self, compose: Compose) -> None:
        """Invite them, as docs/reading-room.md tells."""
        told = compose("exec", "-T", "review", "python", "-m", "review", "admin", "boss", "--url", REVIEW)
        boss, page = Browser.invited(_link(told))
        self._app, self._used = pyotp.TOTP(_spelt(page.text)), ""
        boss.send_form(page, "/log-in/second-factor", code=self._code())
        page = boss.get("/readers")
        page = boss.send_form(page, "/readers", login="ada", name="Dr Ada", role="reader")
        self.ada, _ = Browser.invited(_link(page.text))
        boss.close()

    def again(self) -> None:
        """Both log in anew: the reader with her password, the administrator with a code of the telephone, too.

        Raises:
            ContainersError: one of them does not get in.
        """
        self.ada.close()
        self.ada = entered("ada")
        boss = entered("boss", self._code)
        if boss.get("/readers").status_code != httpx.codes.OK:
            raise ContainersError("the administrator is none any more")
        boss.close()

    def _code(self) -> str:
        """The telephone's next one: each is taken once."""
        while (code := self._app.now()) == self._used:
            time.sleep(1)
        self._used = code
        return code


def entered(login: str, code: Callable[[], str] | None = None) -> Browser:
    """Somebody's browser, logged in; with a code where one is asked."""
    browser = Browser()
    page = browser.send_form(browser.get("/log-in"), "/log-in", login=login, password=PASSWORD, next="/")
    if code:
        browser.send_form(page, "/log-in/code", code=code())
    return browser


def _link(told: str) -> str:
    if not (found := LINK.search(told)):
        raise ContainersError(f"no invitation: {told[:300]}")
    return found[0]


def _spelt(page: str) -> str:
    if not (found := SPELT.search(page)):
        raise ContainersError(f"no second factor is asked of an administrator: {page[:300]}")
    return found[1].replace(" ", "")

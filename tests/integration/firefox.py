"""Debian's Firefox by WebDriver BiDi, without a driver between: what one smoke test needs of it.

Playwright drives only a Firefox of its own; Debian's knows too few of the commands that it sends.
"""

import itertools
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simple_websocket import Client

from tests import peers
from tests.unit.conftest import free_port

PATIENCE_S = 120
"""Many times what the browser takes on an idle machine."""

ENTER = "\ue007"
"""Source: WebDriver, 17.4.2, keyboard actions."""


class RefusedError(Exception):
    """Firefox does not do what it was told."""


class Socket(Client):
    """Says the port with the host, as RFC 9110, 7.2 has it: Firefox takes no other."""

    def handshake(self) -> None:
        """Begin."""
        self.host = f"{self.host}:{self.port}"
        super().handshake()


class Firefox:
    """One window."""

    def __init__(self, opened: Socket) -> None:
        self._socket = opened
        self._numbers = itertools.count(1)
        self.errors: list[str] = []
        """What scripts of the pages did not catch."""
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._window = self._send("browsingContext.getTree")["contexts"][0]["context"]

    def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        self._send("browsingContext.navigate", context=self._window, url=url, wait="complete")

    def ask(self, expression: str) -> Any:
        """The value of an expression on the page: a text, a number, a truth value or null."""
        target = {"context": self._window}
        answer = self._send("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> None:
        """Until it is true of a page that is loaded; meanwhile the page may be another."""
        end = time.monotonic() + PATIENCE_S
        while not self._is(f"document.readyState === 'complete' && Boolean({expression})"):
            assert time.monotonic() < end, f"{expression}, on {self.ask('location.pathname')}"
            time.sleep(0.1)

    def _is(self, expression: str) -> bool:
        """Whether it is true; not while one page takes the place of another."""
        try:
            return bool(self.ask(expression))
        except RefusedError:
            return False

    def type(self, text: str) -> None:
        """On the keyboard, key by key."""
        keys = [{"type": kind, "value": each} for each in text for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        self._send("input.performActions", context=self._window, actions=actions)

    def _send(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            received = self._socket.receive(timeout=PATIENCE_S)
            assert received is not None, f"Firefox does not answer {method}"
            answer = json.loads(received)
            if answer.get("method") == "log.entryAdded" and answer["params"]["type"] == "javascript":
                self.errors.append(str(answer["params"]["text"]))
            if answer.get("id") == number:
                if answer["type"] != "success":
                    raise RefusedError(f"{method}: {answer}")
                return answer["result"]


@contextmanager
def firefox(folder: Path) -> Iterator[Firefox]:
    """A browser without a window, with a profile in a folder; at the end no script of any page may have failed."""
    port = free_port()
    (folder / "profile").mkdir()
    command = [str(peers.path("firefox-esr")), "--headless", "--profile", str(folder / "profile")]
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--remote-debugging-port={port}"], stdout=log, stderr=log)
    try:
        opened = _connected(port, process)
        try:
            running = Firefox(opened)
            yield running
            assert running.errors == []
        finally:
            opened.close()
    finally:
        process.terminate()
        process.wait(30)


def _connected(port: int, process: "subprocess.Popen[bytes]") -> Socket:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return Socket(f"ws://127.0.0.1:{port}/session")
        except OSError:
            assert process.poll() is None, "Firefox ended"
            assert time.monotonic() < end, "Firefox does not listen"
            time.sleep(0.2)

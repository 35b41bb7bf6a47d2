"""A hospital with films and a table, and a gateway over real HTTP that knows what to say of each film."""

import csv
import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from learning.__main__ import main
from results.schema import Assessment, Refusal, Timings

PNG = b"\x89PNG\r\n\x1a\n"

POINTS = {"interstitial_pneumonia": 0.2, "other_pathology": 0.2, "no_pathology": 0.4}

MODELS = {"discriminator": "1.1.0", "segmenter": "1.1.0", "classifier": "1.2.0"}


def assessed(none: float, interstitial: float | None = None, **more: Any) -> dict[str, Any]:
    """An answer: the probability of no pathology, and of interstitial pneumonia (a fifth of the rest)."""
    first = (1 - none) / 5 if interstitial is None else interstitial
    classes = {"interstitial_pneumonia": first, "other_pathology": 1 - none - first, "no_pathology": none}
    return {"outcome": "assessed", "classes": classes, "operating_points": POINTS, "models": MODELS} | more


def refused(reason: str) -> dict[str, Any]:
    """An answer."""
    models = {"discriminator": "1.1.0"}
    return {"outcome": "refused", "refusal": Refusal(reason=reason, detail="Send another."), "models": models}


class FakeGateway(ThreadingHTTPServer):
    """A film is PNG's first bytes and a number. An answer is an assessment's facts, or status, headers and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.table: dict[int, Any] = {}
        self.asked: list[int] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.slow_s = 0.0
        self.before: Any = None
        """Called with the number of each film that is asked for."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def problem(status: int, code: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """The gateway's own word that it went wrong."""
    body = {"type": f"urn:cxr:{code}", "title": code, "status": status, "detail": f"it is {code}", "code": code}
    return status, {"Content-Type": "application/problem+json"} | headers, json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    server: FakeGateway
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, {}, b"{}")

    def do_POST(self) -> None:
        number = int(self.rfile.read(int(self.headers["Content-Length"])).removeprefix(PNG))
        with self.server.lock:
            self.server.asked.append(number)
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        if self.server.before:
            self.server.before(number)
        time.sleep(self.server.slow_s)
        told = self.server.table[number]
        with self.server.lock:
            self.server.at_once -= 1
        if isinstance(told, list):
            told = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(told, tuple):
            return self._answer(*told)
        always = {"id": f"film-{number}", "created": datetime.now(UTC), "timings_ms": Timings(total=1), "cached": False}
        body = Assessment(**always | told).model_dump_json(by_alias=True).encode()
        return self._answer(200, {"Content-Type": "application/json"}, body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Hospital:
    """Films, a table, and the gateway that reads them."""

    def __init__(self, folder: Path, gateway: FakeGateway) -> None:
        self.folder, self.gateway = folder, gateway
        self.out = folder / "report"
        self.rows: list[dict[str, str]] = []
        (folder / "films").mkdir()

    def film(self, label: str, answer: Any, **more: str) -> None:
        """One more."""
        number = len(self.rows)
        name = f"{number}.png"
        (self.folder / "films" / name).write_bytes(PNG + str(number).encode())
        self.rows.append({"file": name, "label": label} | more)
        self.gateway.table[number] = answer

    def accept(self, *more: str, url: str = "") -> int:
        """The exit code of the verb."""
        table = self.folder / "truth.csv"
        with table.open("w", newline="") as file:
            writer = csv.DictWriter(file, ["file", "label", "patient", "sex", "age", "scanner", "view"], restval="")
            writer.writeheader()
            writer.writerows(self.rows)
        given = {"--films": self.folder / "films", "--truth": table, "--out": self.out, "--parent": self.folder}
        words = [str(word) for pair in given.items() for word in pair]
        return main(["accept", *words, "--gateway", url or self.gateway.url, *more])

    def report(self) -> Any:
        """report.json."""
        return json.loads((self.out / "report.json").read_text())

    def figure(self, what: str, data: str = "all films") -> Any:
        """One of its figures."""
        found = [each for part in self.report()["figures"].values() for each in part]
        return next(each for each in found if (each["what"], each["data"]) == (what, data))

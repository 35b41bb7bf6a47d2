import http.server
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from local import demo
from local.places import make_token
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack

ASSESSED = {
    "id": "1",
    "outcome": "assessed",
    "refusal": None,
    "classes": {"interstitial_pneumonia": 0.81, "other_pathology": 0.15, "no_pathology": 0.04},
    "predicted_class": "interstitial_pneumonia",
    "cached": False,
}
REFUSED = {"id": "2", "outcome": "refused", "refusal": {"reason": "not_a_chest_radiograph"}, "classes": None}
PROBLEM = {"type": "urn:cxr:uniform-pixels", "code": "uniform-pixels", "detail": "all pixels are equal"}
MEASURED = {"id": "3", "asked": "bone-age", "outcome": "assessed", "refusal": None, "cached": False}
MEASURED |= {"value": {"months": 131.4, "interval": [104.2, 158.6]}}
NOT_DEPLOYED = {"type": "urn:cxr:problem-not-deployed", "code": "problem-not-deployed", "detail": "no stage"}
ANSWERS = {b"film": (200, ASSESSED), b"cat": (200, REFUSED), b"flat": (422, PROBLEM), b"hand": (200, MEASURED)}


class FakeGateway(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        film = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.path == "/v1/assessments" + ("?problem=bone-age" if film == b"hand" else "")
        status, body = ANSWERS[film]
        self._answer(status, json.dumps(body).encode())

    def do_GET(self) -> None:
        assert self.path in {f"/v1/assessments/{assessed}/heatmap.png?overlay=true" for assessed in (1, 3)}
        self._answer(200, b"a picture")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 200 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakeGateway) as server:
        threading.Thread(target=server.serve_forever).start()
        stack = Stack(tmp_path, replace(Ports.free(), gateway=server.server_port))
        make_token(stack.places.token)
        yield stack
        server.shutdown()


def test_every_sample_gets_its_row_and_every_heat_map_its_file(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films, pictures = tmp_path / "films", tmp_path / "pictures"
    films.mkdir()
    for name in ("film.dcm", "cat.jpg", "flat.png", "hand.png"):
        (films / name).write_bytes(name.partition(".")[0].encode())
    monkeypatch.setattr(demo, "SAMPLES", films)
    monkeypatch.setattr(demo, "PICTURES", pictures)
    printed = io.StringIO()

    demo.run(stack, Console(file=printed, width=160), {"CXR_DATA": "/nowhere"})

    cat, film, flat, hand, lateral = (line for line in printed.getvalue().splitlines() if line.startswith("│"))
    assert "refused" in cat
    assert "Not a chest film" in cat
    assert "Interstitial pneumonia" in film
    assert "0.81" in film
    assert "error uniform-pixels" in flat
    assert "all pixels are equal" in flat
    assert "Bone age" in hand
    assert "131 months (104 to 159)" in hand
    assert "no freely licensed one ships" in lateral
    assert {picture.name for picture in pictures.iterdir()} == {"film.png", "hand.png"}
    assert "not a medical device" in printed.getvalue()
    assert f"Metrics: {stack.url}/metrics" in printed.getvalue()


def test_a_stack_that_is_up_without_a_problems_stage_says_how_that_is_started(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hand.png").write_bytes(b"hand")
    monkeypatch.setattr(demo, "SAMPLES", tmp_path)
    monkeypatch.setattr(demo, "PICTURES", tmp_path / "pictures")
    monkeypatch.setitem(ANSWERS, b"hand", (422, NOT_DEPLOYED))
    printed = io.StringIO()

    demo.run(stack, Console(file=printed, width=160), {"CXR_DATA": "/nowhere"})

    assert 'make up STAGES="bone-age=1"' in printed.getvalue()


def test_a_model_store_without_a_problems_weights_starts_the_cascade_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert demo.plan().told() == "discriminator 1, segmenter 1, classifier 1, bone-age 1"

    monkeypatch.setenv("CXR_MODEL_STORE", str(tmp_path))
    assert demo.plan() == Plan()


def test_lateral_view_is_the_first_of_the_test_split(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("image,view,split\na.jpg,L,train\nb.jpg,PA,test\nc.jpg,L,test\nd.jpg,L,test\n")

    *_, lateral = demo.samples({"CXR_DATA": str(tmp_path)})

    assert lateral.path == tmp_path / "c.jpg"


def test_samples_are_there_and_each_is_credited() -> None:
    credits = (demo.SAMPLES / "SOURCES.md").read_text()
    names = [sample.name for sample in demo.samples({"CXR_DATA": "/nowhere"})][:-1]

    assert {"normal.png", "pneumonia.jpg", "cat.jpg", "film.dcm", "rotated.png", "inverted.png", "hand.png"} == set(
        names
    )
    assert all(f"| {name} |" in credits for name in names)

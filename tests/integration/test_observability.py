"""Everything is seen: one film's spans from gateway and workers, logs that name the trace, and a real Prometheus."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import httpx
import pytest
import yaml
from playwright.sync_api import Browser

from client.token import FILE, of_environment
from cxr.tracing import ENDPOINT
from local.places import ROOT
from local.ports import LOOPBACK, Ports, is_free
from local.stack import Stack
from tests import peers
from tests.integration.conftest import SAMPLES, Gateway
from tests.integration.reading_room import needs_browser
from tests.spans import Receiver, Span, children, receiving
from tests.stacks import ready
from tests.unit.observability.exported import TORCHSERVE
from tests.unit.observability.expressions import FOLDER, expressions, metrics
from vocabulary.stages import STAGES

TOP = ("top", "--json", "--seconds", "3")
ROOT_SPAN = "POST /v1/assessments"
SKEW_NS = 5_000_000
"""By which a worker's clock, read after its answer, may differ from the gateway's."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def traced(receiver: Receiver, archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of few processes whose spans come here."""
    environment = {ENDPOINT: receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    processes = ("valkey", *STAGES, "gateway")
    with ready(Stack(tmp_path_factory.mktemp("traced"), Ports.free(), archives, environment, processes), 240) as stack:
        yield stack


@pytest.fixture
def watched(traced: Stack) -> Iterator[Gateway]:
    with Gateway(base_url=traced.url, timeout=30, auth=of_environment()) as client:
        client.wait_ready()
        yield client


def spans_of(receiver: Receiver, request_id: str) -> list[Span]:
    """One film's, when the gateway and the three workers have sent theirs."""

    def own() -> list[Span]:
        traces = {span.trace for span in receiver.spans if span.attributes.get("cxr.request_id") == request_id}
        return [span for span in receiver.spans if span.trace in traces]

    def enough(_: list[Span]) -> bool:
        names = [span.name for span in own()]
        return names.count("inference") == 3 and ROOT_SPAN in names

    receiver.wait(enough, timeout_s=20)
    return own()


def test_one_films_spans_form_one_tree_with_the_workers_own(watched: Gateway, receiver: Receiver) -> None:
    answer = watched.assess(SAMPLES / "normal.png", **{"X-Request-ID": "seen"})
    spans = spans_of(receiver, "seen")

    assert answer.json()["outcome"] == "assessed"
    (root,) = (span for span in spans if not span.parent)
    assert (root.name, root.service) == (ROOT_SPAN, "cxr-gateway")
    assert {span.id for span in spans} >= {span.parent for span in spans if span.parent}
    below = {span.name: span for span in children(spans, root)}
    assert {"decode", "cache", *STAGES} <= below.keys()
    for stage in STAGES:
        queue, transport = children(spans, below[stage])
        (inference,) = children(spans, transport)
        assert [queue.name, transport.name, inference.name] == ["queue", "transport", "inference"]
        assert (inference.service, inference.version) == (f"cxr-{stage}", answer.json()["models"][stage])
        assert transport.start - SKEW_NS < inference.start < inference.end < transport.end + SKEW_NS


def test_logs_of_gateway_and_workers_name_the_trace(traced: Stack, watched: Gateway, receiver: Receiver) -> None:
    watched.assess(SAMPLES / "normal.png", **{"X-Request-ID": "logged", "Cache-Control": "no-cache"})
    (trace,) = {span.trace for span in spans_of(receiver, "logged")}

    for process in ("gateway", *STAGES):
        lines = traced.places.log(process).read_text().splitlines()
        assert any(trace in line and '"logged"' in line for line in lines), process


def test_model_servers_export_what_the_dashboard_shows_of_them(traced: Stack, watched: Gateway) -> None:
    watched.assess(SAMPLES / "normal.png", **{"Cache-Control": "no-cache"})
    for stage in STAGES:
        text = httpx.get(f"http://{LOOPBACK}:{traced.ports.stages[stage].metrics}/metrics").text
        for name in TORCHSERVE:
            assert any(line.startswith(f"{name}{{") for line in text.splitlines()), (stage, name)


def verb(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """As the Makefile calls it."""
    command = [sys.executable, ROOT / "services" / "local", "--run-dir", stack.places.run, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_top_and_status_tell_what_is_done_now(traced: Stack, watched: Gateway) -> None:
    """One tells it of the seconds that it looks at, the other of the gateway's last minute."""
    with Popen([sys.executable, ROOT / "services/local", "--run-dir", traced.places.run, *TOP], stdout=PIPE) as looking:
        while looking.poll() is None:
            watched.assess(SAMPLES / "normal.png", **{"Cache-Control": "no-cache"})
        told = json.loads(looking.communicate()[0])["gateway"]
    status = verb(traced, "status").stdout

    assert looking.returncode == 0
    assert told["films_per_s"] > 0
    assert told["lanes"]["routine"]["p95_ms"] > 0
    assert all(part["mean_ms"] is not None for part in told["parts"]), told["parts"]
    assert {stage: (each["up"], each["down"]) for stage, each in told["stages"].items()} == dict.fromkeys(
        STAGES, (1, 0)
    )
    assert re.search(r"\d films/s over the last \d+ s, p95 routine \d+ ms", status), status


@needs_browser
def test_the_gateways_page_shows_its_figures_to_who_has_the_token(
    traced: Stack, watched: Gateway, browser: Browser
) -> None:
    """Its script is the one that its policy lets run; what it says to others is who it wants to see."""
    said: list[str] = []
    watched.assess(SAMPLES / "normal.png", **{"Cache-Control": "no-cache"})
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{traced.url}/top")
        page.get_by_text("wants to know who you are").wait_for()
        assert page.locator("table").count() == 0
        page.get_by_label("Token").fill(Path(os.environ[FILE]).read_text().strip())
        page.get_by_role("button").click()
        page.get_by_role("rowheader", name="classifier: transport").wait_for()

        assert "films/s over the last" in page.get_by_role("status").inner_text()
        assert page.locator("form").is_hidden()
    assert said == []


@peers.needs("prometheus")
def test_observe_looks_at_every_process_and_ends_when_it_is_told_to(traced: Stack, watched: Gateway) -> None:
    address = re.findall(r"Prometheus: (\S+)", verb(traced, "observe").stdout)[0]
    with httpx.Client(base_url=address, timeout=10) as client:

        def up() -> dict[str, str]:
            found = client.get("/api/v1/query", params={"query": "up"}).json()["data"]["result"]
            return {each["metric"].get("stage", each["metric"]["job"]): each["value"][1] for each in found}

        _wait(lambda: up() == dict.fromkeys(("gateway", *STAGES), "1"))
        alerts = client.get("/api/v1/rules").json()["data"]["groups"]
        again = verb(traced, "observe").stdout

    assert address in again, "the same one"
    assert {"cxr:films:rate5m"} <= {rule["name"] for group in alerts for rule in group["rules"]}
    assert "is down" in verb(traced, "observe", "stop").stdout
    assert "was not up" in verb(traced, "observe", "stop").stdout


@pytest.fixture(scope="module")
def prometheus(traced: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A real one that looks at the stack, with the rules that ship."""
    program, folder, port = peers.program("prometheus"), tmp_path_factory.mktemp("prometheus"), Ports.free().gateway
    (folder / "prometheus.yml").write_text(yaml.safe_dump(_looking_at(traced)))
    for name in ("rules.yml", "alerts.yml"):
        shutil.copy(FOLDER / name, folder)
    assert is_free(port)
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, *options, f"--web.listen-address={LOOPBACK}:{port}"], stderr=log)
        try:
            with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=10) as client:
                _wait(lambda: client.get("/-/ready").status_code == 200)
                yield client
        finally:
            process.terminate()
            process.wait()


def test_a_real_prometheus_reads_all_and_answers_every_question(prometheus: httpx.Client, watched: Gateway) -> None:
    def ask(expression: str) -> list[dict[str, Any]]:
        answer = prometheus.get("/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", (expression, answer)
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    end = time.monotonic() + 90
    while not ask("cxr:films:rate5m > 0") and time.monotonic() < end:
        watched.assess(SAMPLES / "normal.png", **{"Cache-Control": "no-cache"})
        time.sleep(0.5)

    assert {each["metric"].get("stage", "gateway"): each["value"][1] for each in ask("up")} == dict.fromkeys(
        ("gateway", *STAGES), "1"
    )
    here = {each["metric"]["__name__"] for each in ask('{__name__!=""}')}
    for where, expression in expressions():
        result = ask(expression)
        if where in SHOWN:
            assert result, where
            assert metrics(expression) <= here, where
    assert [each["metric"]["alertname"] for each in ask('ALERTS{alertstate="firing"}')] == []


SHOWN = (
    *("Ready: stages", "Films a second: films", "Errors: errors", "Saturation: fullest", "Expected wait: wait"),
    *("Where a film's time goes: {{stage}} queue", "Where a film's time goes: {{stage}} inference"),
    *(
        "Where a film's time goes: {{stage}} transport",
        "Stage p95: {{stage}}",
        "Replicas: {{release}} {{stage}} {{state}}",
    ),
    *("Time to an answer, by lane: {{lane}} p95", "Outcomes: {{outcome}}", "Versions: release"),
    *("Mean grey level: {{le}}", "Versions in the reference: reference", "Calls: {{stage}} {{instance}}"),
)
"""Must have something to show as soon as films are assessed."""


def _looking_at(stack: Stack) -> dict[str, Any]:
    """local.yml for this stack's ports."""
    told: dict[str, Any] = yaml.safe_load((FOLDER / "local.yml").read_text())
    jobs = {job["job_name"]: job for job in told["scrape_configs"]}
    jobs["gateway"]["static_configs"] = [{"targets": [f"{LOOPBACK}:{stack.ports.gateway}"]}]
    for each in jobs["torchserve"]["static_configs"]:
        each["targets"] = [f"{LOOPBACK}:{stack.ports.stages[each['labels']['stage']].metrics}"]
    told["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    return told | {"scrape_configs": [jobs["gateway"], jobs["torchserve"]]}


def _wait(there: Any) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            if there():
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < end, "not there in time"
        time.sleep(0.1)

"""The gateway's spans, sent to a real receiver; nothing of OpenTelemetry where tracing is off."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import grpc
import httpx
import pytest

from cxr.tracing import ENDPOINT
from gateway.fleet.pb.torchserve_pb2 import PredictionsRequest
from tests.fakes import SIDES, FakeTorchServe, Fault
from tests.films import PATIENT_NAME, dicom, png
from tests.spans import Receiver, Span, children, receiving
from tests.unit.conftest import Start, free_port

PATH = "/v1/assessments"
ROOT = f"POST {PATH}"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Where spans are sent at once by whatever is started in this test."""
    with receiving() as running:
        monkeypatch.setenv(ENDPOINT, running.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
        yield running


def whole(spans: list[Span]) -> bool:
    """A span is sent when it has ended, and the request's ends last."""
    return any(span.name == ROOT for span in spans)


async def test_a_films_spans_are_one_tree_in_its_callers_trace(start: Start, receiver: Receiver) -> None:
    client = await start()

    answer = await client.post(PATH, content=png(), headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})
    spans = await asyncio.to_thread(receiver.wait, whole)

    assert answer.status_code == 200
    (root,) = (span for span in spans if span.name == ROOT)
    assert (root.parent, root.service, root.attributes["http.response.status_code"]) == (CALLER, "cxr-gateway", 200)
    assert root.attributes["cxr.request_id"] == answer.headers["X-Request-ID"]
    assert {span.trace for span in spans} == {TRACE}
    below = children(spans, root)
    assert {"receive", "admission", "decode", "cache", *SIDES, "keep"} == {span.name for span in below}
    for stage in (span for span in below if span.name in SIDES):
        assert [span.name for span in children(spans, stage)] == ["queue", "transport"]
        assert stage.attributes["cxr.lane"] == "routine"
    assert all(root.start <= span.start <= span.end <= root.end for span in below)


async def test_a_stage_is_told_which_call_it_is_part_of(
    start: Start, receiver: Receiver, torchserve: FakeTorchServe
) -> None:
    client = await start()

    await client.post(PATH, content=png())
    spans = await asyncio.to_thread(receiver.wait, whole)

    asked = [PredictionsRequest.FromString(each).input for each in torchserve.requests]
    told = {tuple(each["traceparent"].decode().split("-")[1:3]) for each in asked if "traceparent" in each}
    assert told == {(span.trace, span.id) for span in spans if span.name == "transport"}
    assert len(told) == 3


async def test_a_caller_who_does_not_sample_is_not_traced(start: Start, receiver: Receiver) -> None:
    client = await start()

    await client.post(PATH, content=png(), headers={"traceparent": f"00-{TRACE}-{CALLER}-00"})
    await client.post(PATH, content=png())
    spans = await asyncio.to_thread(receiver.wait, whole)

    assert TRACE not in {span.trace for span in spans}


async def test_a_stage_that_fails_is_seen_by_its_code(
    start: Start, receiver: Receiver, torchserve: FakeTorchServe
) -> None:
    async def fail(name: str) -> None:
        if name == "segmenter":
            raise Fault(grpc.StatusCode.UNAVAILABLE, "Prediction failed")

    torchserve.before = fail
    client = await start()

    answer = await client.post(PATH, content=png())
    spans = await asyncio.to_thread(receiver.wait, whole)

    assert answer.status_code == 502
    failed = {span.name: span.error for span in spans if span.error is not None}
    assert failed["segmenter"] == failed["transport"] == "stage-failed"
    assert "discriminator" not in failed
    assert ROOT in failed


async def test_nothing_of_a_patient_is_in_spans(start: Start, receiver: Receiver) -> None:
    client = await start()

    await client.post(PATH, content=dicom(), headers={"Content-Type": "application/dicom"})
    await asyncio.to_thread(receiver.wait, whole)

    sent = b"".join(receiver.raw)
    assert not any(part.encode() in sent for part in (*PATIENT_NAME.split("^"), "4711"))


async def test_only_films_are_traced(start: Start, receiver: Receiver) -> None:
    client = await start()

    for path in ("/readyz", "/metrics", f"{PATH}/none"):
        await client.get(path)
    await client.post(PATH, content=png())
    spans = await asyncio.to_thread(receiver.wait, whole)

    assert {span.name for span in spans if not span.parent} == {ROOT}


async def test_a_collector_that_is_away_costs_no_film_and_no_stop(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    client: httpx.AsyncClient = await start()

    answers = [await client.post(PATH, content=png(), headers={"Cache-Control": "no-cache"}) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}


def test_without_an_endpoint_a_gateway_imports_no_exporter_and_a_worker_nothing_of_opentelemetry() -> None:
    code = """
import sys
from handlers.classifier import ClassifierHandler
assert "opentelemetry" not in sys.modules
from gateway.app import create_app
from gateway.settings import Settings
create_app(Settings())
assert not {"opentelemetry.exporter", "opentelemetry.sdk.trace.export"} & sys.modules.keys()  # redis imports others
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": "services:."}
    )

    assert told.returncode == 0, told.stderr

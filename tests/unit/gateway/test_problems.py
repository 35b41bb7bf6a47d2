import asyncio

import grpc
import pytest
from pydicom.uid import CTImageStorage

from tests import films
from tests.fakes import Fault

PNG = {"Content-Type": "image/png"}
DICOM = {"Content-Type": "application/dicom"}
PATH = "/v1/assessments"

INPUTS = [
    pytest.param(b"", PNG, 400, "malformed", id="empty"),
    pytest.param(films.png()[:300], PNG, 400, "malformed", id="truncated PNG"),
    pytest.param(films.jpeg()[:300], {"Content-Type": "image/jpeg"}, 400, "malformed", id="truncated JPEG"),
    pytest.param(films.dicom()[:2000], DICOM, 400, "malformed", id="truncated DICOM"),
    pytest.param(b"GIF89a" + bytes(200), PNG, 415, "unsupported-type", id="GIF"),
    pytest.param(films.png(), DICOM, 415, "unsupported-type", id="PNG said to be DICOM"),
    pytest.param(films.png(), {"Content-Type": "text/html"}, 415, "unsupported-type", id="PNG said to be a page"),
    pytest.param(films.dicom(NumberOfFrames=2), DICOM, 422, "multi-frame", id="multi-frame"),
    pytest.param(films.dicom(PixelData=None), DICOM, 422, "no-pixels", id="no pixels"),
    pytest.param(films.dicom(SOPClassUID=CTImageStorage), DICOM, 422, "unusable-radiograph", id="CT slice"),
    pytest.param(films.dicom(Rows=60000, Columns=60000), DICOM, 413, "too-large", id="3.6 gigapixels"),
    pytest.param(films.png(films.pixels(1, 1)), PNG, 422, "unusable-radiograph", id="one pixel"),
    pytest.param(films.png(films.pixels() * 0 + 9), PNG, 422, "uniform-pixels", id="all pixels equal"),
    pytest.param(films.png_header(10_000, 10_000), PNG, 413, "too-large", id="100 megapixels"),
    pytest.param(b"\0" * 128 + b"DICM" + bytes(500), DICOM, 422, "unusable-radiograph", id="DICOM of zeros"),
    pytest.param(b"\0" * 128 + b"DICM" + bytes(range(256)) * 4, DICOM, 422, "unusable-radiograph", id="DICOM of noise"),
]


@pytest.mark.parametrize(("content", "headers", "status", "code"), INPUTS)
async def test_bad_input_is_a_problem_that_says_what_is_wrong(client, torchserve, content, headers, status, code):
    response = await client.post(PATH, content=content, headers=headers | {"X-Request-ID": "mine-1"})

    body = response.json()
    assert (response.status_code, body["code"], body["status"]) == (status, code, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:cxr:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["x-request-id"] == "mine-1"
    assert "Secret" not in response.text
    assert torchserve.asked == []


async def test_an_upload_over_the_limit_is_too_large(start):
    client = await start(max_upload_bytes=1000)

    declared = await client.post(PATH, content=bytes(1001), headers=PNG)

    async def chunks():
        for _ in range(20):
            yield bytes(100)

    streamed = await client.post(PATH, content=chunks(), headers=PNG)
    form = await client.post(PATH, files={"file": ("a.png", bytes(1001), "image/png")})

    assert [each.status_code for each in (declared, streamed, form)] == [413, 413, 413]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([("other", ("a.png", films.png(), "image/png"))], id="another name"),
        pytest.param([("file", ("a.png", films.png(), "image/png"))] * 2, id="two files"),
        pytest.param([("file", ("a.png", b"", "image/png"))], id="an empty file"),
    ],
)
async def test_a_form_without_one_file_is_malformed(client, files):
    response = await client.post(PATH, files=files)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_broken_form_is_malformed(client, content_type):
    response = await client.post(PATH, content=b"no form at all", headers={"Content-Type": content_type})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


STAGES = [
    pytest.param(
        grpc.StatusCode.UNAVAILABLE, "Prediction failed\nInternalServerException", 502, "stage-failed", id="bug"
    ),
    pytest.param(grpc.StatusCode.INTERNAL, 'Model "x" has no worker to serve', 503, "stage-unavailable", id="full"),
    pytest.param(grpc.StatusCode.RESOURCE_EXHAUSTED, "worker died", 503, "stage-unavailable", id="killed"),
    pytest.param(grpc.StatusCode.INTERNAL, "Model not found: x", 503, "stage-unavailable", id="not loaded"),
    pytest.param(grpc.StatusCode.INTERNAL, "something else", 502, "stage-failed", id="unknown"),
]


@pytest.mark.parametrize(("grpc_code", "details", "status", "code"), STAGES)
async def test_a_stage_that_fails_is_a_problem_for_that_request_only(
    client, torchserve, grpc_code, details, status, code
):
    async def fail(name: str) -> None:
        raise Fault(grpc_code, details)

    torchserve.before = fail
    failed = await client.post(PATH, content=films.png(), headers=PNG)
    torchserve.before = None
    after = await client.post(PATH, content=films.png(), headers=PNG)

    assert (failed.status_code, failed.json()["code"]) == (status, code)
    assert ("retry-after" in failed.headers) == (status == 503)
    assert after.json()["outcome"] == "assessed"


async def test_a_stage_that_was_down_for_a_moment_is_tried_again(client, torchserve):
    async def fail_once(name: str) -> None:
        if torchserve.asked.count(name) == 1:
            raise Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, "worker died")

    torchserve.before = fail_once

    response = await client.post(PATH, content=films.png(), headers=PNG)

    assert response.json()["outcome"] == "assessed"
    assert torchserve.asked.count("segmenter") == 2


async def test_a_handler_bug_is_not_tried_again(client, torchserve):
    async def fail(name: str) -> None:
        raise Fault(grpc.StatusCode.UNAVAILABLE, "Prediction failed")

    torchserve.before = fail

    await client.post(PATH, content=films.png(), headers=PNG)

    assert torchserve.asked.count("discriminator") == 1


async def test_a_silent_stage_is_504_at_the_deadline_and_its_late_answer_is_dropped(start, torchserve):
    client = await start(deadline_s=1)
    silent = asyncio.Event()

    async def wait(name: str) -> None:
        await silent.wait()

    torchserve.before = wait
    response = await asyncio.wait_for(client.post(PATH, content=films.png(), headers=PNG), 3)
    silent.set()
    after = await client.post(PATH, content=films.png(), headers=PNG)

    assert (response.status_code, response.json()["code"]) == (504, "stage-timeout")
    assert after.json()["outcome"] == "assessed"


async def test_a_stopped_stage_is_503_within_the_deadline(client, torchserve):
    await torchserve.server.stop(0)

    response = await asyncio.wait_for(client.post(PATH, content=films.png(), headers=PNG), 10)

    assert (response.status_code, response.json()["code"]) == (503, "stage-unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_an_answer_that_is_no_reply_is_502(client, torchserve):
    torchserve.answers["segmenter"] = b"\xff\xff"

    response = await client.post(PATH, content=films.png(), headers=PNG)

    assert (response.status_code, response.json()["code"]) == (502, "stage-failed")


async def test_an_async_film_whose_stage_fails_is_found_as_failed(client, torchserve):
    async def fail(name: str) -> None:
        raise Fault(grpc.StatusCode.UNAVAILABLE, "Prediction failed")

    torchserve.before = fail
    accepted = await client.post(PATH, content=films.png(), headers=PNG | {"Prefer": "respond-async"})
    while (found := await client.get(accepted.headers["location"])).status_code == 202:
        await asyncio.sleep(0.01)

    body = found.json()
    assert (body["outcome"], body["classes"]) == ("failed", None)
    assert body["problem"]["code"] == "stage-failed"


async def test_more_than_the_limit_in_flight_is_429_with_retry_after(start, torchserve):
    client = await start(max_in_flight=2)
    go = asyncio.Event()

    async def wait(name: str) -> None:
        await go.wait()

    torchserve.before = wait
    different = [films.png(films.pixels(seed=seed).astype("uint8")) for seed in range(3)]
    first = [asyncio.create_task(client.post(PATH, content=film, headers=PNG)) for film in different[:2]]
    while "cxr_in_flight 2.0" not in (await client.get("/metrics")).text:
        await asyncio.sleep(0.01)
    third = await client.post(PATH, content=different[2], headers=PNG)
    go.set()

    assert (third.status_code, third.json()["code"]) == (429, "overloaded")
    assert int(third.headers["retry-after"]) >= 1
    assert [task.status_code for task in await asyncio.gather(*first)] == [200, 200]
    assert (await client.post(PATH, content=different[2], headers=PNG)).status_code == 200


async def test_uploads_that_would_hold_too_much_memory_are_429(start):
    client = await start(max_buffered_bytes=100)

    assert (await client.post(PATH, content=films.png(), headers=PNG)).status_code == 429
    assert "cxr_buffered_bytes 0.0" in (await client.get("/metrics")).text


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", PATH, 405), ("OPTIONS", "/nowhere", 404)]
)
async def test_unknown_paths_and_methods_are_problems_too(client, method, path, status):
    response = await client.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_parameter_that_is_not_understood_is_malformed(client):
    response = await client.get(f"{PATH}/x/heatmap.png?overlay=perhaps")

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert "overlay" in response.json()["detail"]

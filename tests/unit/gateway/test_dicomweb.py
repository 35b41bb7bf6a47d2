"""DICOMweb at the gateway, which passes it on to a real listener."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator
from io import BytesIO

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydicom import dcmread

from gateway.http import listener
from scp.http.door import create_app
from scp.service import Service, running
from scp.settings import Settings
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.conftest import free_port

PATH = "/dicomweb/studies"
RELATED = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=next'}
MEBIBYTE = 1024 * 1024


def body(*instances: bytes) -> bytes:
    parts = [b"--next\r\nContent-Type: application/dicom\r\n\r\n" + film + b"\r\n" for film in instances]
    return b"".join(parts) + b"--next--\r\n"


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of an app."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False, ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def settings(tmp_path) -> dict[str, object]:
    """Of a listener without a gateway: films wait in it."""
    return {"port": 0, "folder": tmp_path, "gateway": "http://127.0.0.1:9", "least_free_bytes": 0, "writers": 0}


@pytest.fixture
async def service(settings):
    with running(Settings(**settings)) as service:
        yield service


@pytest.fixture
async def stow(start, service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway with that listener."""
    async with served(create_app(service)) as url:
        yield await start(listener=url, upload_timeout_s=3)


async def coming(service: Service, least_bytes: int = 1) -> None:
    """Returns when so much of a request is on the listener's disk."""
    async with asyncio.timeout(60):
        while sum(path.stat().st_size for path in service.spool.incoming.iterdir()) < least_bytes:
            await asyncio.sleep(0.01)


async def nothing_coming(service: Service) -> None:
    """Returns when nothing of a request is left on the listener's disk."""
    async with asyncio.timeout(60):
        while list(service.spool.incoming.iterdir()):
            await asyncio.sleep(0.01)


async def test_instances_are_stored(stow, service):
    (film,) = exposures(1)

    response = await stow.post(f"{PATH}/{film.StudyInstanceUID}", content=body(part10(film)), headers=RELATED)

    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/dicom+json"
    assert response.json()["00081190"]["Value"] == [f"{stow.base_url}{PATH}/{film.StudyInstanceUID}"]
    assert len(response.json()["00081199"]["Value"]) == 1
    assert service.spool.path(service.spool.waiting()[0].film).read_bytes() == part10(film)


async def test_what_the_client_asks_for_is_passed_on(stow, service):
    (film,) = exposures(1)

    response = await stow.post(PATH, content=body(part10(film)), headers=RELATED | {"Priority": "u=0"})
    xml = await stow.post(PATH, content=body(part10(film)), headers=RELATED | {"Accept": "application/dicom+xml"})
    refused = await stow.post(PATH, content=body(part10(film)), headers=RELATED | {"Accept": "text/html"})

    assert response.status_code == 200
    assert [each.urgent for each in service.spool.waiting()] == [True]
    assert (xml.status_code, xml.headers["content-type"]) == (200, "application/dicom+xml")
    assert refused.status_code == 406


async def test_a_packed_body_is_passed_on_as_it_is(stow, service):
    (film,) = exposures(1)
    packed = gzip.compress(body(part10(film)))

    response = await stow.post(PATH, content=packed, headers=RELATED | {"Content-Encoding": "gzip"})
    refused = await stow.post(PATH, content=packed, headers=RELATED | {"Content-Encoding": "br"})

    assert response.status_code == 200, response.text
    assert service.spool.path(service.spool.waiting()[0].film).read_bytes() == part10(film)
    assert (refused.status_code, refused.headers["accept-encoding"]) == (415, "gzip, deflate, identity")


async def test_what_is_wrong_with_a_request_is_told_as_the_listener_tells_it(stow):
    response = await stow.post(PATH, content=body(b"x")[:-20], headers=RELATED | {"X-Request-ID": "mine-1"})
    study = await stow.post(f"{PATH}/x", content=body(b"x"), headers=RELATED)

    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert response.json()["request_id"] == response.headers["x-request-id"] == "mine-1"
    assert (study.status_code, study.json()["code"]) == (400, "malformed")


async def test_a_body_is_passed_on_while_it_comes_and_never_held_whole(stow, service):
    half = 30 * MEBIBYTE
    film = next(exposures(1))
    start, end = body(part10(film) + bytes(half)).split(b"\r\n--next--")
    reached = asyncio.Event()

    async def content() -> AsyncIterator[bytes]:
        for at in range(0, len(start), MEBIBYTE):
            yield start[at : at + MEBIBYTE]
        await coming(service, half)
        reached.set()
        yield b"\r\n--next--" + end

    response = await stow.post(PATH, content=content(), headers=RELATED)

    assert reached.is_set()
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("how", ["hangs up", "is slow"])
async def test_a_client_that_does_not_send_all_leaves_nothing_behind(stow, service, how):
    film = part10(next(exposures(1)))

    async def content() -> AsyncIterator[bytes]:
        yield body(film)[:100_000]
        await coming(service)
        if how == "hangs up":
            raise InterruptedError
        await asyncio.sleep(4)
        yield b""

    if how == "hangs up":
        with pytest.raises(InterruptedError):
            await stow.post(PATH, content=content(), headers=RELATED)
    else:
        response = await stow.post(PATH, content=content(), headers=RELATED)
        assert (response.status_code, response.json()["code"]) == (400, "malformed")

    await nothing_coming(service)
    assert service.spool.count_waiting() == 0


async def test_a_listener_that_is_away_is_told_as_come_back_later(start):
    away = await start(listener="http://127.0.0.1:9")

    response = await away.post(PATH, content=body(part10(next(exposures(1)))), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")
    assert response.headers["retry-after"] == "10"


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_so_is_what_answers_in_its_place(start, status):
    other = FastAPI()
    other.add_api_route(
        "/{path:path}", lambda: Response("<h1>Hello</h1>", status, media_type="text/html"), methods=["POST"]
    )
    async with served(other) as url:
        client = await start(listener=url)
        response = await client.post(PATH, content=body(b"x"), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")


async def test_a_listener_without_room_says_itself_when_to_come_back(start, settings):
    with running(Settings(**settings, max_waiting=1)) as full:
        async with served(create_app(full)) as url:
            client = await start(listener=url)
            one, two = (body(part10(film)) for film in exposures(2))
            assert (await client.post(PATH, content=one, headers=RELATED)).status_code == 200
            response = await client.post(PATH, content=two, headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")
    assert response.headers["retry-after"] == "10"


async def test_a_body_that_is_too_large_for_the_listener_is_413(start, settings):
    with running(Settings(**settings, max_store_bytes=100_000)) as small:
        async with served(create_app(small)) as url:
            client = await start(listener=url)
            response = await client.post(PATH, content=body(bytes(10 * MEBIBYTE)), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (413, "too-large")


async def test_more_requests_than_are_passed_on_at_once_are_told_to_come_back(start, service, monkeypatch):
    monkeypatch.setattr(listener, "AT_ONCE", 1)
    film, go = part10(next(exposures(1))), asyncio.Event()

    async def content() -> AsyncIterator[bytes]:
        yield body(film)[:100_000]
        await go.wait()
        yield body(film)[100_000:]

    async with served(create_app(service)) as url:
        client = await start(listener=url)
        first = asyncio.create_task(client.post(PATH, content=content(), headers=RELATED))
        await coming(service)
        second = await client.post(PATH, content=body(film), headers=RELATED)
        go.set()

    assert (second.status_code, second.json()["code"]) == (429, "overloaded")
    assert (await first).status_code == 200


async def test_a_gateway_without_a_listener_offers_no_store(client):
    response = await client.post(PATH, content=body(b"x"), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def instance_path(film) -> str:
    return f"{PATH}/{film.StudyInstanceUID}/series/{film.SeriesInstanceUID}/instances/{film.SOPInstanceUID}"


async def test_what_was_stored_is_found_and_retrieved_at_the_addresses_that_are_told(stow):
    (film,) = exposures(1)
    stored = await stow.post(PATH, content=body(part10(film)), headers=RELATED)
    (url,) = stored.json()["00081199"]["Value"][0]["00081190"]["Value"]

    found = await stow.get(f"{PATH}?PatientName=traffic*&includefield=all")
    metadata = await stow.get(f"{url}/metadata")
    instance = await stow.get(url, headers={"Accept": "application/dicom"})
    nothing = await stow.get(PATH, params={"PatientName": "nobody"})
    head = await stow.head(url)

    assert url == f"{stow.base_url}{instance_path(film)}"
    assert found.json()[0]["00081190"]["Value"] == [f"{stow.base_url}{PATH}/{film.StudyInstanceUID}"]
    assert metadata.json()[0]["7FE00010"]["BulkDataURI"] == f"{url}/bulkdata/7FE00010"
    assert dcmread(BytesIO(instance.content)) == film
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert instance.headers["cache-control"] == "private, no-store"


async def test_addresses_are_those_of_the_public_url(start, service):
    (film,) = exposures(1)
    async with served(create_app(service)) as url:
        client = await start(listener=url, public_url="https://ai.example/cascade")
        stored = await client.post(PATH, content=body(part10(film)), headers=RELATED)
        found = await client.get("/dicomweb/instances")

    public = f"https://ai.example/cascade{instance_path(film)}"
    assert stored.json()["00081199"]["Value"][0]["00081190"]["Value"] == [public]
    assert found.json()[0]["00081190"]["Value"] == [public]


async def test_problems_and_warnings_of_the_listener_are_passed_back(stow):
    (film,) = exposures(1)

    missing = await stow.get(instance_path(film), headers={"X-Request-ID": "mine-2"})
    accept = await stow.get(PATH, headers={"Accept": "text/html"})
    fuzzy = await stow.get(PATH, params={"fuzzymatching": "true"})

    assert (missing.status_code, missing.json()["code"], missing.json()["request_id"]) == (404, "not-found", "mine-2")
    assert (accept.status_code, accept.json()["code"]) == (406, "not-acceptable")
    assert "fuzzymatching" in fuzzy.headers["warning"]


@pytest.mark.parametrize("path", [f"{PATH}/x/series", f"{PATH}/1.2/series/1.3/instances/1.4/frames/one"])
async def test_what_cannot_be_an_address_is_not_passed_on(stow, path):
    response = await stow.get(path)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


async def test_a_listener_that_is_away_cannot_be_asked(start):
    away = await start(listener="http://127.0.0.1:9")

    response = await away.get(PATH)

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")


async def test_an_answer_that_takes_too_long_ends_the_connection_and_frees_its_place(start, monkeypatch):
    monkeypatch.setattr(listener, "RETRIEVED_WITHIN_S", 0.5)
    monkeypatch.setattr(listener, "AT_ONCE", 1)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"--"
            await asyncio.sleep(0.05)

    slow = FastAPI()
    slow.add_api_route("/dicomweb/instances", lambda: StreamingResponse(endless(), media_type="multipart/related"))
    slow.add_api_route("/dicomweb/studies", lambda: Response("[]", media_type="application/dicom+json"))
    async with served(slow) as url:
        client = await start(listener=url)
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/dicomweb/instances")
        after = await client.get("/dicomweb/studies")

    assert after.status_code == 200


async def test_a_gateway_without_a_listener_has_nothing_to_search(client):
    response = await client.get(PATH)

    assert (response.status_code, response.json()["code"]) == (404, "not-found")

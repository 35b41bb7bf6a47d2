"""STOW-RS at the gateway, which passes it on to a real listener."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Response

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
    async with asyncio.timeout(10):
        while sum(path.stat().st_size for path in service.spool.incoming.iterdir()) < least_bytes:
            await asyncio.sleep(0.01)


async def nothing_coming(service: Service) -> None:
    """Returns when nothing of a request is left on the listener's disk."""
    async with asyncio.timeout(10):
        while list(service.spool.incoming.iterdir()):
            await asyncio.sleep(0.01)


async def test_instances_are_stored(stow, service):
    (film,) = exposures(1)

    response = await stow.post(f"{PATH}/{film.StudyInstanceUID}", content=body(part10(film)), headers=RELATED)

    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/dicom+json"
    assert response.json()["00081190"] == {"vr": "UR"}
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

import asyncio
import contextlib
import resource

import httpx
import pytest
import uvicorn
from dicomweb_client import DICOMwebClient
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian

from scp.http.door import create_app
from scp.service import running
from scp.settings import Settings
from tests import films
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.conftest import free_port

PATH = "/dicomweb/studies"
RELATED = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=next'}


def body(*instances: bytes, kind: str = "application/dicom") -> bytes:
    parts = [b"--next\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + film + b"\r\n" for film in instances]
    return b"".join(parts) + b"--next--\r\n"


@pytest.fixture
async def service(tmp_path):
    """A listener without a gateway: films wait in it."""
    nobody = "http://127.0.0.1:9"
    settings = Settings(port=0, http_port=free_port(), folder=tmp_path, gateway=nobody, least_free_bytes=0, writers=0)
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(running(settings))
        server = uvicorn.Server(
            uvicorn.Config(create_app(service), port=settings.http_port, log_config=None, access_log=False, ws="none")
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        yield service
        server.should_exit = True
        await serving


@pytest.fixture
async def stow(start, service) -> httpx.AsyncClient:
    """A client of a gateway with that listener."""
    return await start(listener=f"http://127.0.0.1:{service.settings.http_port}")


async def test_instances_are_stored_and_wait_for_their_assessment(stow, service):
    stored = [part10(film) for film in exposures(3)]

    response = await stow.post(PATH, content=body(*stored), headers=RELATED)

    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/dicom+json"
    assert len(response.json()["00081199"]["Value"]) == 3
    assert "00081198" not in response.json()
    assert sorted(service.spool.path(each.film).read_bytes() for each in service.spool.waiting()) == sorted(stored)
    ((_, kind, detail), *_) = service.ledger.history(service.ledger.films()[0][0])
    assert (kind, detail) == ("received", {"sender": "STOW-RS"})


async def test_some_that_cannot_be_stored_are_named_with_the_reason(stow, service):
    good, ct = exposures(2)
    ct.SOPClassUID = CTImageStorage

    response = await stow.post(PATH, content=body(part10(good), part10(ct), b"no DICOM"), headers=RELATED)

    assert response.status_code == 202
    failed = response.json()["00081198"]["Value"]
    assert [item["00081197"]["Value"] for item in failed] == [[0x0122], [0xC000]]
    assert failed[0]["00081155"]["Value"] == [ct.SOPInstanceUID]
    assert service.spool.count_waiting() == 1


async def test_instances_of_another_study_are_a_conflict(stow, service):
    film, other = exposures(2)

    response = await stow.post(f"{PATH}/{other.StudyInstanceUID}", content=body(part10(film)), headers=RELATED)

    assert response.status_code == 409
    assert response.json()["00081198"]["Value"][0]["00081197"]["Value"] == [0xA900]
    assert service.spool.count_waiting() == 0


async def test_the_study_of_the_path_is_the_instances_own(stow, service):
    (film,) = exposures(1)

    response = await stow.post(f"{PATH}/{film.StudyInstanceUID}", content=body(part10(film)), headers=RELATED)

    assert response.status_code == 200
    assert film.StudyInstanceUID in response.json()["00081190"]["Value"][0]


async def test_a_known_client_of_the_field_can_store(stow, service):
    client = DICOMwebClient(f"{stow.base_url}/dicomweb")

    answer = await asyncio.to_thread(client.store_instances, list(exposures(2)))

    assert len(answer.ReferencedSOPSequence) == 2
    assert service.spool.count_waiting() == 2
    client._session.close()


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        pytest.param({"Content-Type": "application/json"}, b"{}", 415, "unsupported-type", id="json"),
        pytest.param(
            {"Content-Type": 'multipart/related; type="application/dicom+json"; boundary=next'},
            body(b"{}"), 415, "unsupported-type", id="metadata and bulk data",
        ),
        pytest.param(RELATED, body(b"x", kind="image/png"), 415, "unsupported-type", id="a part of another type"),
        pytest.param(RELATED, body(b"x")[:-20], 400, "malformed", id="cut off"),
        pytest.param(RELATED, b"--next--\r\n", 400, "malformed", id="no parts"),
        pytest.param({"Content-Type": "multipart/related"}, b"x", 400, "malformed", id="no boundary"),
        pytest.param(RELATED | {"Accept": "application/dicom+xml"}, body(b"x"), 415, "unsupported-type", id="XML"),
    ],
)  # fmt: skip
async def test_a_request_that_is_no_store_is_a_problem(stow, headers, content, status, code):
    response = await stow.post(PATH, content=content, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_listener_without_room_or_away_is_told_as_come_back_later(stow, service, start):
    away = await start(listener="http://127.0.0.1:9")
    (film,) = exposures(1)

    response = await away.post(PATH, content=body(part10(film)), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")
    assert "retry-after" in response.headers


async def test_a_gateway_without_a_listener_offers_no_store(client):
    (film,) = exposures(1)

    response = await client.post(PATH, content=body(part10(film)), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (404, "not-found")


async def test_a_deflated_bomb_is_kept_without_being_inflated(stow, service):
    bomb = films.dicom(
        TransferSyntaxUID=DeflatedExplicitVRLittleEndian,
        StudyInstanceUID="1.2.3",
        EncapsulatedDocument=bytes(300_000_000),
    )

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    response = await stow.post(PATH, content=body(bomb), headers=RELATED)

    assert response.status_code == 200
    assert service.ledger.films()[0][1] == response.json()["00081199"]["Value"][0]["00081155"]["Value"][0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes

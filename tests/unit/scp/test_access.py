"""Who may come to the listener by HTTP, how it proves itself to the gateway, and what no film's sender can do."""

import os
import time

import httpx
import pytest
from pydantic import ValidationError
from pydicom.uid import SecondaryCaptureImageStorage
from structlog.testing import capture_logs

from scp.settings import Settings
from tests.trials.traffic.exposures import exposures
from tests.unit.conftest import free_port
from tests.unit.results.conftest import opinion
from tests.unit.scp.conftest import concluded, door, eventually, send

OWN = "0123456789abcdef0123456789abcdef"
PROOF = {"Authorization": f"Bearer {OWN}"}


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "token"
    path.write_text(OWN)
    return path


async def test_an_opinion_is_taken_from_who_has_the_token_alone(listen, own):
    async with door(listen(token_file=own)) as client:
        forged = await client.post("/amendments", json=opinion())
        known = await client.post("/amendments", json=opinion(), headers=PROOF)

    assert (forged.status_code, forged.json()["code"]) == (401, "unauthenticated")
    assert (known.status_code, known.json()) == (404, {"answer": "unknown-film"})


async def test_films_are_stored_for_who_has_the_token_alone_and_numbers_are_for_all(listen, own):
    async with door(listen(token_file=own)) as client:
        stored = await client.post("/dicomweb/studies", content=b"", headers={"Content-Type": "multipart/related"})
        numbers = [(await client.get(path)).status_code for path in ("/livez", "/readyz", "/status", "/metrics")]

    assert stored.status_code == 401
    assert numbers == [200] * 4


async def test_stow_passes_through_a_gateway_that_asks_for_proof_to_a_listener_that_does(listen, start, own):
    port = free_port()
    service = listen(token_file=own, http_port=port)
    client = await start(token_file=own, listener=f"http://127.0.0.1:{port}")
    sent = {"content": b"", "headers": {"Content-Type": "text/plain"}}
    async with door(service):
        answers = [
            await client.post("/dicomweb/studies", **sent),
            await client.post("/dicomweb/studies", **sent, auth=Proof()),
        ]

    assert answers[0].status_code == 401
    assert answers[1].status_code not in (401, 403, 429)


class Proof(httpx.Auth):
    def auth_flow(self, request):
        request.headers.update(PROOF)
        yield request


async def test_a_film_waits_until_the_gateway_knows_us_and_is_not_lost(listen, start, own, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text(OWN[::-1])
    client = await start(token_file=own)
    service = listen(gateway=str(client.base_url), token_file=wrong)

    with capture_logs() as lines:
        await send(service, *exposures(1))
        assert await eventually(lambda: any(each["event"] == "waits" for each in lines))
    assert {each["code"] for each in lines if each["event"] == "waits"} == {"unauthenticated"}
    wrong.write_text(OWN)

    assert await concluded(service, "assessed")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])  # noqa: S104 - what must not be open
def test_the_door_is_not_open_to_the_network(host, own):
    with pytest.raises(ValidationError, match="CXR_SCP_TOKEN_FILE"):
        Settings(http_host=host)
    assert Settings(http_host=host, token_file=own)
    opened = Settings(host=host, peers="CR1@192.0.2.1", plain=True, disk_key="none")
    assert opened.http_host == "127.0.0.1", "DICOM alone is opened"


async def test_a_scanner_that_is_called_as_we_are_has_its_films_assessed(listen, client):
    service = listen(gateway=str(client.base_url))
    (film,) = exposures(1)
    film.Manufacturer = "CXR Cascade"

    assert await send(service, film) == [0x0000]

    assert await concluded(service, "assessed")


async def test_a_picture_that_says_it_is_ours_is_left_alone_and_written_down(listen, client):
    service = listen(gateway=str(client.base_url))
    (film,) = exposures(1)
    film.Manufacturer, film.SOPClassUID = "CXR Cascade", SecondaryCaptureImageStorage

    assert await send(service, film, film) == [0x0000, 0x0000]

    assert service.ledger.counts()["refused"] == 1
    assert service.spool.count_waiting() == 0
    ((film_id, _, _),) = service.ledger.films("refused")
    (told,) = [detail for _, kind, detail in service.ledger.history(film_id) if kind == "refused"]
    assert told == {"reason": "own-result"}


async def test_a_restored_film_is_not_given_up_because_its_file_is_old(listen, start):
    port = free_port()
    service = listen(gateway=f"http://127.0.0.1:{port}", give_up_s=60)
    await send(service, *exposures(1))
    (waiting,) = service.spool.waiting()
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(service.spool.path(waiting.film), (two_days_ago, two_days_ago))

    assert not await eventually(service.spool.dead, within_s=1)

    await start(port=port)
    assert await concluded(service, "assessed")

"""DELETE /v1/assessments/{id}: what is forgotten is gone at once, from everywhere that a gateway keeps something."""

import asyncio
import contextlib

import pytest
import redis

from tests import films
from tests.fakes import serving
from tests.hand import Hand
from tests.kept import kept_in
from tests.unit.gateway.test_access import AUDIENCE, ISSUER, Issuer, bearer
from tests.unit.gateway.test_audit import written
from tests.unit.gateway.test_feed import listed
from tests.unit.gateway.test_objects import DICOM, SAMPLE, assessed

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
LATER = {"Prefer": "respond-async"}
NAMES = ("", "/header", "/sr.dcm", "/fhir", "/radiograph.png", "/heatmap.png", "/lungs.png")


@pytest.fixture
def kept(valkey):
    """A client of the server that keeps it."""
    with contextlib.closing(redis.Redis(port=valkey.port)) as client:
        yield client


def names(kept):
    """Of all that is kept but the feed."""
    return [name for name in kept.scan_iter("cxr:*") if name != b"cxr:feed"]


def status(response):
    return response.status_code, response.json().get("code") if response.content else None


async def test_nothing_of_a_forgotten_assessment_is_found_or_kept(client, kept):
    body = await assessed(client)
    await listed(client, 1)
    path = f"{PATH}/{body['id']}"

    gone = await client.delete(path)

    assert (gone.status_code, gone.content) == (204, b"")
    for name in NAMES:
        assert status(await client.get(path + name)) == (404, "not-found"), name
    assert (await client.get(PATH)).json()["assessments"] == []
    assert names(kept) == []
    again = (await client.post(PATH, content=SAMPLE.read_bytes(), headers=DICOM)).json()
    assert (again["cached"], again["outcome"]) == (False, "assessed")


async def test_to_forget_twice_or_what_never_was_does_no_harm(client):
    path = f"{PATH}/{(await assessed(client))['id']}"
    assert (await client.delete(path)).status_code == 204

    assert status(await client.delete(path)) == (404, "not-found")
    assert status(await client.delete(f"{PATH}/unknown")) == (404, "not-found")


async def test_pixels_and_maps_stay_while_another_assessment_is_of_them(client, kept):
    film = films.png()
    first, second = [(await client.post(PATH, content=film, headers=PNG)).json()["id"] for _ in range(2)]

    assert (await client.delete(f"{PATH}/{first}")).status_code == 204
    assert (await client.get(f"{PATH}/{second}/heatmap.png")).status_code == 200
    assert (await client.delete(f"{PATH}/{second}")).status_code == 204
    assert names(kept) == []


async def test_an_assessment_that_expired_keeps_no_pixels_of_another(client, kept):
    film = films.png()
    first, second = [(await client.post(PATH, content=film, headers=PNG)).json()["id"] for _ in range(2)]
    kept.delete(f"cxr:assessment:{first}")

    assert (await client.delete(f"{PATH}/{second}")).status_code == 204
    assert names(kept) == []


async def test_a_number_is_forgotten_with_its_map(start, kept):
    async with serving(hand := Hand()):
        client = await start(problems=f"bone-age={hand.address}")
        posted = await client.post(f"{PATH}?problem=bone-age", content=films.png(), headers=PNG)
        path = f"{PATH}/{posted.json()['id']}"

        assert await _listed(client, 1) == [posted.json()["id"]]
        assert (await client.delete(path)).status_code == 204
        assert status(await client.get(path)) == (404, "not-found")
        assert names(kept) == [] and await _listed(client, 0) == []


async def _listed(client, count):
    """Ids of the feed, once it has so many."""
    async with asyncio.timeout(60):
        while len(found := (await client.get(f"{PATH}?problem=any")).json()["assessments"]) != count:
            await asyncio.sleep(0.01)
    return [each["id"] for each in found]


async def test_a_number_whose_request_did_not_wait_does_not_run_again_when_it_is_forgotten(start, kept):
    async with serving(hand := Hand()):
        client = await start(problems=f"bone-age={hand.address}")
        posted = await client.post(f"{PATH}?problem=bone-age", content=films.png(), headers=PNG | LATER)
        path = posted.headers["Location"]
        async with asyncio.timeout(60):
            while (await client.get(path)).status_code == 202:
                await asyncio.sleep(0.02)

        assert (await client.delete(path)).status_code == 204
        assert status(await client.get(path)) == (404, "not-found")
        assert status(await client.delete(path)) == (404, "not-found")
        assert names(kept) == []


async def test_one_that_runs_is_forgotten_when_it_has_finished(client, torchserve):
    held = asyncio.Event()
    torchserve.before = lambda name: held.wait()
    running = await client.post(PATH, content=films.png(), headers=PNG | LATER)
    refused = await client.delete(running.headers["Location"])
    held.set()

    assert status(refused) == (409, "still-running")
    assert refused.headers["Retry-After"] == "2"
    async with asyncio.timeout(60):
        while (await client.get(running.headers["Location"])).status_code == 202:
            await asyncio.sleep(0.02)
    assert (await client.delete(running.headers["Location"])).status_code == 204


async def test_while_redis_is_away_nobody_is_told_that_it_is_gone(start, own_valkey):
    client = await start(redis=own_valkey.url)
    path = f"{PATH}/{(await assessed(client))['id']}"
    own_valkey.stop()

    away = await client.delete(path)

    assert status(away) == (503, "store-unavailable")
    assert away.headers["Retry-After"]


async def test_a_gateway_that_kept_it_itself_while_redis_was_away_has_it_no_longer(start, own_valkey):
    client = await start(redis=own_valkey.url)
    own_valkey.stop()
    path = f"{PATH}/{(await assessed(client))['id']}"
    assert (await client.get(path)).status_code == 200
    own_valkey.start()
    async with asyncio.timeout(60):
        while (gone := await client.delete(path)).status_code == 503:
            await asyncio.sleep(0.05)

    assert gone.status_code == 204
    assert status(await client.get(path)) == (404, "not-found")


async def test_whose_it_is_not_is_told_that_there_is_none_unless_it_may_change_everybodys(start, tmp_path):
    issuer = Issuer()
    (tmp_path / "keys.json").write_text(issuer.keys)
    client = await start(jwks=str(tmp_path / "keys.json"), token_issuer=ISSUER, token_audience=AUDIENCE)
    ris, pacs = (bearer(issuer.token("films:write results:read", name)) for name in ("ris", "pacs"))
    room = bearer(issuer.token("amend:write", "room"))
    reads = bearer(issuer.token("results:read feed:read", "ris"))
    first, second = [
        f"{PATH}/{(await client.post(PATH, content=films.png(), headers=PNG | ris)).json()['id']}" for _ in range(2)
    ]

    assert status(await client.delete(first, headers=reads)) == (403, "forbidden")
    assert status(await client.delete(first, headers=pacs)) == (404, "not-found")
    assert (await client.get(first, headers=ris)).status_code == 200
    assert (await client.delete(first, headers=ris)).status_code == 204
    assert (await client.delete(second, headers=room)).status_code == 204


async def test_the_audit_says_who_had_which_assessment_forgotten(start, tmp_path):
    client = await start(audit_folder=tmp_path / "audit")
    path = f"{PATH}/{(await assessed(client))['id']}"
    await client.delete(f"{PATH}/unknown")
    await client.delete(path, headers={"X-Request-ID": "asked-1"})

    (row,) = await written(tmp_path / "audit", "film.forget")
    assert path.endswith(row.about)
    assert row.detail == {"address": "127.0.0.1", "request": "asked-1"}


async def test_nothing_of_the_patient_is_left_where_others_films_are(client, valkey):
    other = (await client.post(PATH, content=films.png(), headers=PNG)).json()["id"]
    before = kept_in(valkey.url)
    path = f"{PATH}/{(await assessed(client))['id']}"
    assert len(kept_in(valkey.url)) > len(before) + 10_000

    await client.delete(path)

    assert (await client.get(f"{PATH}/{other}/radiograph.png")).status_code == 200
    assert len(kept_in(valkey.url)) < len(before) + 500

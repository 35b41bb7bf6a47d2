"""The feed: what was finished, in order, over long polls and a real Valkey."""

import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

import grpc
import httpx
import pytest
import redis

from gateway import feed
from tests import films
from tests.fakes import SIDES, Fault
from tests.unit.conftest import free_port

PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"
ROOT = Path(__file__).parents[3]
SOON_S = 15
"""Less than the 20 s for which the polls of these tests wait by themselves."""


async def posted(client: httpx.AsyncClient, seed: int = 0) -> dict:
    film = films.png(films.pixels(seed=seed).astype("uint8"))
    response = await client.post(PATH, content=film, headers=PNG)
    assert response.status_code == 200, response.text
    return response.json()


async def page(client: httpx.AsyncClient, **parameters: object) -> dict:
    response = await client.get(PATH, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()


async def listed(client: httpx.AsyncClient, count: int) -> dict:
    """The whole feed, once it has so many entries."""
    async with asyncio.timeout(60):
        while len((found := await page(client))["assessments"]) < count:
            await asyncio.sleep(0.02)
    return found


async def readers(client: httpx.AsyncClient, count: int) -> None:
    """Return when so many wait."""
    async with asyncio.timeout(60):
        while f"cxr_feed_readers {count}.0" not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.01)


async def test_assessed_and_refused_films_are_listed_in_order_from_the_oldest(client, torchserve):
    first, again = await posted(client), await posted(client)
    torchserve.refuse("rotated")
    refused = await posted(client, seed=1)

    found = await listed(client, 3)

    told = {"source": "api", "lane": "routine", "asked": "chest"}
    expected = [{name: body[name] for name in ("id", "created", "outcome")} | told for body in (first, again, refused)]
    assert found["assessments"] == expected
    assert [each["outcome"] for each in expected] == ["assessed", "assessed", "refused"]


async def test_the_feed_tells_where_a_film_came_from_and_whether_it_was_to_go_first(client):
    about = {"X-CXR-Source": "Modality", "Priority": "urgent"}
    for headers in (about, {"X-CXR-Source": "test"}):
        assert (await client.post(PATH, content=films.png(), headers=PNG | headers)).status_code == 200

    found = (await listed(client, 2))["assessments"]

    assert [(each["source"], each["lane"]) for each in found] == [("modality", "urgent"), ("test", "routine")]


async def test_a_cached_film_is_looked_up_on_one_trip_to_redis_and_kept_and_listed_on_another(client, valkey):
    await posted(client)

    with contextlib.closing(redis.Redis(port=valkey.port)) as looking:
        before = looking.info("stats")["total_reads_processed"]
        again = [await posted(client) for _ in range(5)]
        trips = looking.info("stats")["total_reads_processed"] - before - 1  # which is this question's

    assert all(each["cached"] for each in again)
    assert trips == 2 * len(again)
    assert [each["id"] for each in (await page(client))["assessments"]][1:] == [each["id"] for each in again]


async def test_a_source_that_nobody_knows_is_refused_with_those_there_are(client):
    response = await client.post(PATH, content=films.png(), headers=PNG | {"X-CXR-Source": "Doe^John"})

    assert response.status_code == 400
    assert response.json()["detail"] == "X-CXR-Source takes modality, reader, api, test"


async def test_an_async_film_that_failed_is_listed_and_a_running_or_unreadable_one_is_not(client, torchserve):
    go = asyncio.Event()

    async def fail(name: str) -> None:
        await go.wait()
        raise Fault(grpc.StatusCode.UNAVAILABLE, "Prediction failed")

    torchserve.before = fail
    headers = PNG | {"Prefer": "respond-async"}
    running = (await client.post(PATH, content=films.png(), headers=headers)).json()
    await client.post(PATH, content=films.png()[:200], headers=headers)
    assert (await page(client))["assessments"] == []
    go.set()

    (entry,) = (await listed(client, 1))["assessments"]

    assert (entry["id"], entry["outcome"]) == (running["id"], "failed")


async def test_who_goes_on_after_each_cursor_sees_every_film_once(client):
    ids = [(await posted(client))["id"] for _ in range(7)]
    await listed(client, 7)
    seen, cursor = [], None

    while True:
        found = await page(client, limit=3, **({"after": cursor} if cursor else {}))
        cursor = found["next"]
        if not found["assessments"]:
            break
        seen.append([each["id"] for each in found["assessments"]])

    assert seen == [ids[:3], ids[3:6], ids[6:]]


async def test_an_empty_feed_has_a_cursor_to_go_on_after(client):
    found = await page(client)
    body = await posted(client)

    waited = await page(client, after=found["next"], wait_s=10)

    assert found["assessments"] == []
    assert [each["id"] for each in waited["assessments"]] == [body["id"]]


async def test_a_poll_waits_for_the_next_film_which_can_then_be_fetched_at_once(client):
    await posted(client)
    cursor = (await listed(client, 1))["next"]
    poll = asyncio.create_task(page(client, after=cursor, wait_s=20))
    await readers(client, 1)

    body = await posted(client, seed=1)
    (entry,) = (await asyncio.wait_for(poll, SOON_S))["assessments"]

    assert entry["id"] == body["id"]
    assert (await client.get(f"{PATH}/{entry['id']}")).json() == body


async def test_an_idle_poll_ends_with_no_film_and_the_same_cursor(client):
    await posted(client)
    cursor = (await listed(client, 1))["next"]
    started = time.monotonic()

    found = await page(client, after=cursor, wait_s=0.7)

    assert found == {"assessments": [], "next": cursor}
    assert time.monotonic() - started > 0.6


@pytest.mark.parametrize(
    "parameters",
    [
        *(
            {"after": wrong}
            for wrong in ("", "x", "1", "1-", "-1-0", "1-0-0", "$", "0-99999999999999999999", "\u0661-0")
        ),
        *({"limit": wrong} for wrong in (0, 1001, "many")),
        *({"wait_s": wrong} for wrong in (-1, 30.1, "nan", "soon")),
    ],
)
async def test_a_cursor_limit_or_wait_that_is_not_understood_is_malformed(client, parameters):
    response = await client.get(PATH, params=parameters)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert next(iter(parameters)) in response.json()["detail"]


async def test_polls_take_no_slot_of_films_and_no_connection_of_the_store(start):
    client = await start(max_in_flight=1)
    polls = [asyncio.create_task(page(client, after="9999999999999-0", wait_s=20)) for _ in range(20)]
    await readers(client, 20)

    body = await asyncio.wait_for(posted(client), SOON_S)

    assert body["outcome"] == "assessed"
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)


async def test_more_readers_than_may_wait_are_told_to_come_back(client, monkeypatch):
    monkeypatch.setattr(feed, "MAX_READERS", 1)
    poll = asyncio.create_task(page(client, wait_s=20))
    await readers(client, 1)

    response = await client.get(PATH, params={"wait_s": 20})

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")
    assert int(response.headers["retry-after"]) >= 1
    assert (await client.get(PATH)).status_code == 200
    poll.cancel()


async def test_a_reader_that_hangs_up_leaves_nothing_behind(client, valkey):
    with pytest.raises(httpx.ReadTimeout):
        await client.get(PATH, params={"wait_s": 20}, timeout=0.5)

    await readers(client, 0)
    with redis.Redis(port=valkey.port) as store:
        async with asyncio.timeout(SOON_S):
            while any(each["cmd"] == "xread" and "b" in each["flags"] for each in store.client_list()):
                await asyncio.sleep(0.02)


async def test_without_redis_the_feed_says_when_to_come_back_and_films_are_listed_when_it_is_there_again(
    start, own_valkey
):
    client = await start(redis=own_valkey.url)
    before = await posted(client)
    cursor = (await listed(client, 1))["next"]
    own_valkey.stop()

    away = await client.get(PATH, params={"after": cursor, "wait_s": 5})
    meanwhile = [await posted(client, seed) for seed in (1, 2)]
    assert "cxr_feed_unlisted 2.0" in (await client.get("/metrics")).text
    own_valkey.start()
    found = await listed(client, 2)

    assert (away.status_code, away.json()["code"]) == (503, "feed-unavailable")
    assert away.headers["content-type"] == "application/problem+json"
    assert int(away.headers["retry-after"]) >= 1
    assert [each["id"] for each in found["assessments"]] == [body["id"] for body in meanwhile]
    assert before["id"] not in str(found)  # this Valkey keeps nothing over a restart
    assert (await client.get(f"{PATH}/{meanwhile[0]['id']}")).json() == meanwhile[0]
    assert (await page(client, after=cursor))["assessments"] == found["assessments"]


async def test_redis_that_goes_while_a_poll_waits_ends_it(start, own_valkey):
    client = await start(redis=own_valkey.url)
    poll = asyncio.create_task(client.get(PATH, params={"wait_s": 20}))
    await readers(client, 1)

    own_valkey.stop()
    response = await asyncio.wait_for(poll, SOON_S)

    assert (response.status_code, response.json()["code"]) == (503, "feed-unavailable")
    assert (await posted(client))["outcome"] == "assessed"


async def test_the_feed_is_capped(start, valkey, monkeypatch):
    monkeypatch.setattr(feed, "MAX_ENTRIES", 100)
    client = await start()
    with redis.Redis(port=valkey.port) as store:
        for number in range(1000):
            entry = {"id": str(number), "created": "2026-01-01T00:00:00Z", "outcome": "assessed"}
            store.xadd(feed.STREAM, entry)
        await posted(client)
        async with asyncio.timeout(60):
            while (kept := store.xlen(feed.STREAM)) > 300:  # more or less: Redis drops whole nodes
                await asyncio.sleep(0.02)

    assert kept >= 100
    assert len((await page(client, limit=1000))["assessments"]) == kept


async def test_an_entry_of_another_version_is_passed_over(client, valkey):
    with redis.Redis(port=valkey.port) as store:
        store.xadd(feed.STREAM, {"id": "new", "outcome": "something-new"})
    first = await page(client)
    body = await posted(client)

    found = await page(client, after=first["next"], wait_s=10)

    assert first["assessments"] == []
    assert [each["id"] for each in found["assessments"]] == [body["id"]]


async def test_a_stop_does_not_wait_for_polls_but_for_films(torchserve, valkey):
    """A gateway in a process of its own, which is sent SIGTERM."""
    port, go = free_port(), asyncio.Event()

    async def wait(name: str) -> None:
        await go.wait()

    torchserve.before = wait
    stages = {f"CXR_{name.upper()}": torchserve.address for name in SIDES}
    environment = {"CXR_PORT": str(port), "CXR_REDIS": valkey.url, "PYTHONPATH": str(ROOT / "services"), **stages}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway", env=environment)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await up(client)
            polls = [asyncio.create_task(page(client, wait_s=30)) for _ in range(3)]
            film = asyncio.create_task(posted(client))
            await readers(client, 3)
            while not torchserve.asked:
                await asyncio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            ended = await asyncio.wait_for(asyncio.gather(*polls), SOON_S)
            go.set()
            body = await asyncio.wait_for(film, SOON_S)
        assert await asyncio.wait_for(process.wait(), SOON_S) in (0, -signal.SIGTERM)
    finally:
        if process.returncode is None:
            process.kill()

    assert ended == [{"assessments": [], "next": "0-0"}] * 3
    assert body["outcome"] == "assessed"
    with redis.Redis(port=valkey.port) as store:
        assert [fields[b"id"].decode() for _, fields in store.xrange(feed.STREAM)] == [body["id"]]


async def up(client: httpx.AsyncClient) -> None:
    """Return when the gateway answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                await client.get("/livez")
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.1)


async def test_what_is_forgotten_is_listed_no_longer_wherever_it_stands(client, monkeypatch):
    monkeypatch.setattr(feed, "LOOKED_THROUGH", 1)
    ids = [(await posted(client, seed))["id"] for seed in range(4)]
    await listed(client, 4)

    for gone in (ids[2], ids[0]):
        assert (await client.delete(f"{PATH}/{gone}")).status_code == 204

    assert [each["id"] for each in (await page(client))["assessments"]] == [ids[1], ids[3]]

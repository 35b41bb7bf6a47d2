"""Several replicas of a stage, over real gRPC: shared alike, and lost without losing a film."""

import asyncio

import grpc

from tests.fakes import FakeTorchServe, Fault, serving
from tests.unit.gateway.fleet.conftest import PATH, PNG, different, metric


async def both_up(client):
    while await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="up"}') < 2:
        await asyncio.sleep(0.02)


async def post(client, films, **headers):
    return await asyncio.gather(*(client.post(PATH, content=film, headers=PNG | headers) for film in films))


def two(torchserve, another):
    at = f"{torchserve.address},{another.address}"
    return {"discriminator": at, "segmenter": at, "classifier": at}


async def test_films_are_shared_among_the_replicas(start, torchserve, another):
    client = await start(**two(torchserve, another))
    await both_up(client)

    answers = await post(client, different(30))

    assert {answer.status_code for answer in answers} == {200}
    shares = [fake.asked.count("classifier") for fake in (torchserve, another)]
    assert sum(shares) == 30
    assert min(shares) >= 10, shares


async def test_a_replica_that_goes_away_under_load_loses_no_film(start, torchserve, another):
    client = await start(**two(torchserve, another))
    await both_up(client)

    async def slow(name: str) -> None:
        await asyncio.sleep(0.01)

    torchserve.before = another.before = slow
    posting = asyncio.create_task(post(client, different(40)))
    await asyncio.sleep(0.1)
    await another.server.stop(0)

    assert {answer.status_code for answer in await posting} == {200}
    assert await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="down"}') == 1


async def test_a_replica_that_comes_back_is_used_again(start, torchserve, another):
    port = int(another.address.rpartition(":")[2])
    client = await start(**two(torchserve, another))
    await both_up(client)
    await another.server.stop(0)
    assert {answer.status_code for answer in await post(client, different(4))} == {200}
    another.asked.clear()

    async with serving(another, port):
        await both_up(client)
        await post(client, different(12), **{"Cache-Control": "no-cache"})

    assert another.asked.count("classifier") >= 3


async def test_films_at_a_replica_that_hangs_are_answered_by_another(start, torchserve, another):
    client = await start(**two(torchserve, another))
    await both_up(client)
    goes_on = asyncio.Event()
    another.paused = goes_on.wait

    answers = await post(client, different(6))
    down = await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="down"}')
    goes_on.set()
    await both_up(client)

    assert {answer.status_code for answer in answers} == {200}
    assert down == 1


async def test_a_replica_whose_films_all_fail_is_left_alone_but_for_one_film_whenever_it_is_tried(
    start, torchserve, another
):
    client = await start(**two(torchserve, another))
    await both_up(client)
    opened = 'cxr_breaker_opened_total{stage="discriminator"}'

    async def fail(name: str) -> None:
        if name == "discriminator":
            raise Fault(grpc.StatusCode.UNAVAILABLE, "Prediction failed")

    another.before = fail
    first = await post(client, different(20))
    opened_before = await metric(client, opened)
    later = await post(client, different(20), **{"Cache-Control": "no-cache"})

    failed = [answer.status_code for answer in first if answer.status_code != 200]
    assert set(failed) == {502}, "a handler's bug is told as such"
    assert opened_before >= 1
    assert sum(answer.status_code != 200 for answer in later) == await metric(client, opened) - opened_before


async def test_a_film_waits_for_a_stage_that_comes_back_soon(client, torchserve):
    port = int(torchserve.address.rpartition(":")[2])
    await client.post(PATH, content=different(1)[0], headers=PNG)
    await torchserve.server.stop(0)
    posting = asyncio.create_task(post(client, different(3), **{"Cache-Control": "no-cache"}))
    await asyncio.sleep(1)

    async with serving(torchserve, port):
        assert {answer.status_code for answer in await posting} == {200}


async def test_while_two_versions_are_up_films_go_to_the_one_that_most_replicas_are(start, torchserve, another):
    another.digests = dict.fromkeys(another.digests, "second")
    third = FakeTorchServe()
    async with serving(third):
        at = f"{torchserve.address},{another.address},{third.address}"
        client = await start(discriminator=at, segmenter=at, classifier=at)
        while await metric(client, 'cxr_stage_replicas{release="stable",stage="classifier",state="up"}') < 3:
            await asyncio.sleep(0.02)
        await post(client, different(8))
        assert another.asked == []

        third.digests = dict.fromkeys(third.digests, "second")
        third.asked.clear()
        torchserve.asked.clear()
        while not third.asked:
            answers = await post(client, different(4), **{"Cache-Control": "no-cache"})
            assert {answer.status_code for answer in answers} == {200}
        torchserve.asked.clear()
        await post(client, different(8), **{"Cache-Control": "no-cache"})

    assert torchserve.asked == []


async def test_an_urgent_film_overtakes_those_that_wait_at_a_stage(client, torchserve):
    one_at_a_time = asyncio.Lock()

    async def work(name: str) -> None:
        async with one_at_a_time:
            await asyncio.sleep(0.02)

    torchserve.before = work
    films = different(25)
    done: list[str] = []

    async def one(film: bytes, name: str, **headers: str) -> None:
        response = await client.post(PATH, content=film, headers=PNG | headers)
        assert response.status_code == 200
        done.append(name)

    routine = [asyncio.create_task(one(film, "routine")) for film in films[:-1]]
    await asyncio.sleep(0.15)
    await one(films[-1], "urgent", Priority="urgent")
    await asyncio.gather(*routine)

    assert done.index("urgent") < 15, done

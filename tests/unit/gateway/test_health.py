import asyncio
import json

import pytest

from tests import films
from tests.fakes import SIDES, serving
from tests.kept import kept_in

PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"


async def test_alive_says_nothing_of_the_stages(client, torchserve):
    await torchserve.server.stop(0)

    assert (await client.get("/livez")).text == "alive"


async def test_ready_names_each_stage_and_its_version(client):
    response = await client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["redis"] is True
    assert {name: stage["version"] for name, stage in response.json()["stages"].items()} == dict.fromkeys(
        SIDES, "1.0.0"
    )


async def test_ready_turns_red_with_a_stage_and_green_again_by_itself(client, torchserve):
    port = int(torchserve.address.rpartition(":")[2])
    await torchserve.server.stop(0)

    while (red := await client.get("/readyz")).status_code == 200:  # until it is noticed
        await asyncio.sleep(0.05)
    async with serving(torchserve, port):
        while (green := await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)

    assert red.status_code == 503
    assert red.headers["retry-after"]
    assert red.json()["stages"]["segmenter"] == {
        "ready": False,
        "up": 0,
        "down": 1,
        "version": None,
        "digest": None,
        "precision": None,
        "error": "stage-unavailable",
    }
    assert green.json()["ready"] is True


async def test_without_redis_the_gateway_is_ready_and_answers(start):
    client = await start(redis="redis://127.0.0.1:1/0")

    health = await client.get("/readyz")
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()
    again = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (health.status_code, health.json()["redis"]) == (200, False)
    assert body["outcome"] == "assessed"
    assert again["cached"] is True, "the gateway's own memory holds it"
    assert (await client.get(f"{PATH}/{body['id']}/heatmap.png")).status_code == 200


async def test_while_redis_is_away_what_it_keeps_is_not_said_to_be_gone(start, own_valkey):
    client = await start(redis=own_valkey.url)
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()
    own_valkey.stop()

    asked = [await client.get(f"{PATH}/{body['id']}{part}") for part in ("", "/heatmap.png", "/radiograph.png")]

    assert {(answer.status_code, answer.json()["code"]) for answer in asked} == {(503, "store-unavailable")}
    assert all(answer.headers["retry-after"] for answer in asked)


async def test_redis_that_stops_and_starts_again_costs_no_request(start, own_valkey):
    client = await start(redis=own_valkey.url)
    different = [films.png(films.pixels(seed=seed).astype("uint8")) for seed in range(6)]

    statuses = [(await client.post(PATH, content=different[0], headers=PNG)).status_code]
    own_valkey.stop()
    statuses += [(await client.post(PATH, content=film, headers=PNG)).status_code for film in different[1:4]]
    own_valkey.start()
    await asyncio.sleep(1.1)
    statuses += [(await client.post(PATH, content=film, headers=PNG)).status_code for film in different[4:]]

    assert statuses == [200] * 6
    assert (await client.get("/readyz")).json()["redis"] is True


async def test_metrics_count_outcomes_refusals_cache_and_stages(client, torchserve):
    await client.post(PATH, content=films.png(), headers=PNG)
    await client.post(PATH, content=films.png(), headers=PNG)
    torchserve.refuse("rotated")
    await client.post(PATH, content=films.png(films.pixels(seed=1).astype("uint8")), headers=PNG)
    await client.post(PATH, content=b"x", headers=PNG)

    text = (await client.get("/metrics")).text

    assert 'cxr_assessments_total{outcome="assessed"} 2.0' in text
    assert 'cxr_refusals_total{reason="rotated"} 1.0' in text
    assert 'cxr_cache_total{result="hit"} 1.0' in text
    assert 'cxr_problems_total{code="unsupported-type"} 1.0' in text
    assert 'cxr_stage_seconds_count{stage="classifier"}' in text
    assert "cxr_in_flight 0.0" in text


async def test_docs_need_nothing_from_outside(client):
    page = (await client.get("/docs")).text

    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert (await client.get("/openapi.json")).json()["info"]["title"] == "CXR Cascade"


async def test_a_given_request_id_is_returned_logged_and_sent_to_every_stage(client, torchserve, capfd):
    response = await client.post(PATH, content=films.png(), headers=PNG | {"X-Request-ID": "ris-42"})

    assert response.headers["x-request-id"] == "ris-42"
    assert torchserve.request_ids == ["ris-42"] * 3
    logged = ""
    async with asyncio.timeout(60):
        while "ris-42" not in logged:  # the line comes after the answer
            logged += capfd.readouterr().out
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"}', "a/../b"])
async def test_a_request_id_that_is_not_safe_to_log_is_replaced(client, given):
    made = (await client.get("/livez", headers={"X-Request-ID": given})).headers["x-request-id"]

    assert made != given
    assert len(made) == 26


async def test_no_patient_data_is_in_log_metrics_or_redis(client, valkey, capfd):
    headers = {"Content-Type": "application/dicom"}
    body = (await client.post(PATH, content=films.dicom(), headers=headers)).text
    await client.post(PATH, content=films.dicom()[:1500], headers=headers)
    metrics = (await client.get("/metrics")).text
    kept = kept_in(valkey.url)

    for where in (body, metrics, capfd.readouterr().out, kept.decode("latin-1")):
        assert "Secret" not in where
        assert "4711" not in where
    assert json.loads(body)["outcome"] == "assessed"

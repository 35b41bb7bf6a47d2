"""What an assessment looks like, at the size that is asked for; and reads that can wait."""

import asyncio
from io import BytesIO

import httpx
import numpy as np
import pytest
from PIL import Image

from cxr.wire import Lungs
from gateway.http import background
from tests import films
from tests.fakes import two_lungs

PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"
BACKGROUND = {"Priority": "u=7"}
DRAWN = ["radiograph.png", "lungs.png", "heatmap.png", "heatmap.png?overlay=true"]


async def picture(client: httpx.AsyncClient, path: str) -> np.ndarray:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "image/png"
    return np.asarray(Image.open(BytesIO(response.content)))


async def test_pictures_are_in_the_films_coordinates(client):
    values = films.pixels().astype(np.uint8)
    body = (await client.post(PATH, content=films.png(values), headers=PNG)).json()
    path = f"{PATH}/{body['id']}"

    assert np.array_equal(await picture(client, f"{path}/radiograph.png"), values)
    lungs = await picture(client, f"{path}/lungs.png")
    assert lungs.dtype == bool
    assert lungs.shape == values.shape
    assert lungs[48, 16]
    assert not lungs[48, 40]
    heat = await picture(client, f"{path}/heatmap.png")
    assert heat.shape == values.shape
    assert heat.max() == 255
    assert np.unravel_index(heat.argmax(), heat.shape)[0] < 48
    overlay = await picture(client, f"{path}/heatmap.png?class=no_pathology&overlay=true")
    assert overlay.shape == (*values.shape, 3)


async def test_lung_fields_are_told_by_the_convention_that_is_asked_for(client):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()
    lungs, fields = [
        await picture(client, f"{PATH}/{body['id']}/lungs.png?convention={name}") for name in ("lungs", "lung-fields")
    ]

    assert lungs[40, 16] and fields[40, 16]
    assert lungs[66, 16] and not fields[66, 16]
    assert (await client.get(f"{PATH}/{body['id']}/lungs.png?convention=heart")).status_code == 400


async def test_an_older_segmenters_lung_fields_are_not_there_and_its_lungs_are(client, torchserve):
    torchserve.answers["segmenter"] = Lungs(two_lungs(64), 0.9)
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (await client.get(f"{PATH}/{body['id']}/lungs.png")).status_code == 200
    assert (await client.get(f"{PATH}/{body['id']}/lungs.png?convention=lung-fields")).status_code == 404


async def test_overlay_leaves_cold_places_as_the_film(client):
    values = films.pixels().astype(np.uint8)
    body = (await client.post(PATH, content=films.png(values), headers=PNG)).json()

    overlay = await picture(client, f"{PATH}/{body['id']}/heatmap.png?overlay=true")

    assert (overlay[-1, -1] == values[-1, -1]).all()


@pytest.mark.parametrize("name", ["lungs.png", "heatmap.png"])
async def test_a_refused_film_has_no_such_picture(client, torchserve, name):
    torchserve.refuse("rotated")
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    response = await client.get(f"{PATH}/{body['id']}/{name}")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert (await client.get(f"{PATH}/{body['id']}/radiograph.png")).status_code == 200


async def test_heat_map_of_an_unknown_class_is_not_found(client):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    response = await client.get(f"{PATH}/{body['id']}/heatmap.png?class=broken_leg")

    assert response.status_code == 404
    assert "no_pathology" in response.json()["detail"]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize(("side", "shape"), [(48, (48, 40)), (16, (16, 13)), (96, (96, 80)), (4096, (96, 80))])
async def test_a_picture_is_as_large_as_is_asked_for_and_no_larger_than_the_film(client, name, side, shape):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    drawn = await picture(client, f"{PATH}/{body['id']}/{name}{'&' if '?' in name else '?'}side={side}")

    assert drawn.shape[:2] == shape


@pytest.mark.parametrize("name", DRAWN[:3])
@pytest.mark.parametrize("side", ["15", "4097", "large"])
async def test_a_side_out_of_bounds_is_not_understood(client, name, side):
    response = await client.get(f"{PATH}/01JD/{name}?side={side}")

    assert (response.status_code, response.json()["detail"]) == (400, "not understood: side")


async def test_the_plain_film_is_the_same_pixels(client):
    values = films.pixels().astype(np.uint8)
    path = f"{PATH}/{(await client.post(PATH, content=films.png(values), headers=PNG)).json()['id']}"

    response = await client.get(f"{path}/radiograph.pgm")

    assert response.headers["content-type"] == "image/x-portable-graymap"
    assert np.array_equal(np.asarray(Image.open(BytesIO(response.content))), values)


async def test_pictures_are_drawn_while_redis_is_away(start, own_valkey):
    own_valkey.stop()
    client = await start(redis=own_valkey.url)
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (await picture(client, f"{PATH}/{body['id']}/lungs.png?side=48")).shape == (48, 40)


async def test_a_read_in_the_background_waits_for_the_film_at_work_and_another_does_not(client, torchserve):
    path = f"{PATH}/{(await client.post(PATH, content=films.png(), headers=PNG)).json()['id']}"
    let_go, assessing = await held(client, torchserve)

    waiting = [asyncio.create_task(client.get(each, headers=BACKGROUND)) for each in (path, f"{path}/heatmap.png")]
    assert (await client.get(path)).status_code == 200
    assert not any(each.done() for each in waiting)
    let_go.set()

    assert [(await each).status_code for each in waiting] == [200, 200]
    assert (await assessing).status_code == 200


async def test_a_read_in_the_background_does_not_slip_in_between_two_films(client, torchserve, monkeypatch):
    path = f"{PATH}/{(await client.post(PATH, content=films.png(), headers=PNG)).json()['id']}"
    monkeypatch.setattr(background, "QUIET_S", 1.0)
    waiting = asyncio.create_task(client.get(path, headers=BACKGROUND))

    for seed in range(1, 5):
        film = films.png(films.pixels(seed=seed).astype(np.uint8))
        assert (await client.post(PATH, content=film, headers=PNG)).status_code == 200
        assert not waiting.done()

    assert (await waiting).status_code == 200


async def test_a_read_in_the_background_does_not_wait_for_ever(client, torchserve, monkeypatch):
    path = f"{PATH}/{(await client.post(PATH, content=films.png(), headers=PNG)).json()['id']}"
    let_go, assessing = await held(client, torchserve)
    monkeypatch.setattr(background, "MAX_WAIT_S", 0.05)

    assert (await client.get(path, headers=BACKGROUND)).status_code == 200
    assert not assessing.done()

    let_go.set()
    await assessing


async def test_a_read_in_the_background_is_answered_at_once_where_no_film_is_at_work(client, torchserve):
    path = f"{PATH}/{(await client.post(PATH, content=films.png(), headers=PNG)).json()['id']}"

    assert (await asyncio.wait_for(client.get(path, headers=BACKGROUND), background.MAX_WAIT_S / 2)).status_code == 200


async def held(client, torchserve) -> "tuple[asyncio.Event, asyncio.Task[httpx.Response]]":
    """Another film at work, until it is let go."""
    let_go, asked = asyncio.Event(), asyncio.Event()

    async def before(_) -> None:
        asked.set()
        await let_go.wait()

    torchserve.before = before
    film = films.png(films.pixels(seed=1).astype(np.uint8))
    assessing = asyncio.create_task(client.post(PATH, content=film, headers=PNG))
    await asked.wait()
    return let_go, assessing

"""POST /v1/assessments with Accept: application/zip: the assessment with all that results are written from."""

import json
import zipfile
from io import BytesIO

import httpx
import numpy as np
import pytest

from results.whole_reading import read_whole_reading
from tests import films
from tests.fakes import SIDES, two_lungs

PNG, DICOM = {"Content-Type": "image/png"}, {"Content-Type": "application/dicom"}
ZIP = {"Accept": "application/zip"}
PATH = "/v1/assessments"


async def whole(client: httpx.AsyncClient, data: bytes, kind: dict[str, str]) -> zipfile.ZipFile:
    response = await client.post(PATH, content=data, headers=kind | ZIP)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip"), response.text
    return zipfile.ZipFile(BytesIO(response.content))


async def test_it_holds_the_assessment_the_maps_and_the_pixels(client):
    found = await whole(client, films.dicom(), DICOM)

    assessment = json.loads(found.read("assessment.json"))
    assert assessment == (await client.get(f"{PATH}/{assessment['id']}")).json()
    assert found.read("radiograph.pgm") == (await client.get(f"{PATH}/{assessment['id']}/radiograph.pgm")).content
    maps = json.loads(found.read("maps.json"))
    assert maps.keys() == {"key", "mask", "mask_side", "fields", "crop", "heatmaps"}
    assert maps["heatmaps"].keys() == assessment["classes"].keys()


async def test_the_mask_is_the_segmenters_own(client):
    response = await client.post(PATH, content=films.png(), headers=PNG | ZIP)

    result = read_whole_reading(response.content).result

    side = SIDES["segmenter"]
    bits = np.unpackbits(np.frombuffer(result.mask, np.uint8), count=side * side).reshape(side, side)
    assert np.array_equal(bits, two_lungs(side))


@pytest.mark.parametrize("again", [False, True], ids=["another gateway's cache", "a file that was decoded before"])
async def test_an_answer_from_the_cache_is_the_same(start, again):
    one = await start(secret="a secret of sixteen")  # noqa: S106 - a test's
    other = one if again else await start(secret="a secret of sixteen")  # noqa: S106
    first = await whole(one, films.png(), PNG)

    second = await whole(other, films.png(), PNG)

    assert json.loads(second.read("assessment.json"))["cached"] is True
    for name in ("maps.json", "radiograph.pgm"):
        assert first.read(name) == second.read(name)


async def test_it_needs_no_redis(start, own_valkey):
    client = await start(redis=own_valkey.url)
    before = await whole(client, films.png(), PNG)
    own_valkey.stop()

    after = await whole(client, films.png(), PNG)

    for name in ("maps.json", "radiograph.pgm"):
        assert before.read(name) == after.read(name)


async def test_a_refused_film_has_pixels_and_no_maps(client, torchserve):
    torchserve.refuse("rotated")

    found = await whole(client, films.png(), PNG)

    assert json.loads(found.read("assessment.json"))["outcome"] == "refused"
    maps = json.loads(found.read("maps.json"))
    assert (maps["mask"], maps["crop"], maps["heatmaps"]) == (None, None, {})


async def test_an_error_is_told_as_ever(client):
    response = await client.post(PATH, content=films.png()[:200], headers=PNG | ZIP)

    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/*", "text/html"])
async def test_who_does_not_ask_for_it_is_answered_in_json(client, accept):
    response = await client.post(PATH, content=films.png(), headers=PNG | {"Accept": accept})

    assert response.headers["content-type"] == "application/json"
    assert response.json()["outcome"] == "assessed"


async def test_who_does_not_wait_is_told_where_the_assessment_will_be(client):
    response = await client.post(PATH, content=films.png(), headers=PNG | ZIP | {"Prefer": "respond-async"})

    assert (response.status_code, response.headers["content-type"]) == (202, "application/json")


async def test_both_kinds_of_answer_are_in_the_machine_readable_description(client):
    described = (await client.get("/openapi.json")).json()["paths"][PATH]["post"]["responses"]["200"]["content"]

    assert described.keys() == {"application/json", "application/zip"}

import asyncio

import httpx
import numpy as np
import pytest

from cxr import wire
from tests import films
from tests.fakes import CLASSES, SIDES, FakeTorchServe
from vocabulary.stages import STAGES

PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"


async def test_a_film_is_assessed(client, torchserve):
    response = await client.post(PATH, content=films.png(), headers=PNG)

    body = response.json()
    assert response.status_code == 200
    assert body["outcome"] == "assessed"
    assert body["refusal"] is None
    assert body["classes"] == pytest.approx(CLASSES)
    assert body["predicted_class"] == "interstitial_pneumonia"
    assert body["heatmap"]["class"] == "interstitial_pneumonia"
    assert 0 <= body["heatmap"]["in_lungs"] <= 1
    assert body["models"] == {"discriminator": "1.0.0", "segmenter": "1.0.0", "classifier": "1.0.0"}
    assert body["operating_points"] == {"interstitial_pneumonia": 0.26, "other_pathology": 0.17}
    assert body["discriminator"]["nearness"] == -0.5
    assert body["cached"] is False
    assert body["timings_ms"]["total"] >= body["timings_ms"]["classifier"] > 0
    assert sorted(torchserve.asked) == sorted(STAGES)  # the first two at the same time


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"interstitial_pneumonia": 0.5, "other_pathology": 0.5}, ["interstitial_pneumonia"]),
        ({"interstitial_pneumonia": 0.5, "other_pathology": 0.01}, ["interstitial_pneumonia", "other_pathology"]),
        ({"interstitial_pneumonia": 1.0}, []),
        ({}, None),
    ],
)
async def test_classes_that_reach_their_operating_points_are_possible(start, torchserve, points, expected):
    torchserve.operating_points = points
    client = await start()

    assert (await client.post(PATH, content=films.png(), headers=PNG)).json()["possible_classes"] == expected


async def test_a_finding_of_the_hospitals_own_stands_in_the_answer_with_what_it_is_called(start, torchserve):
    heat = torchserve.answers["classifier"].heatmaps
    torchserve.answers["classifier"] = wire.Classification(CLASSES, {"Rib_Fracture": 0.5, "Edema": 0.25}, heat)
    torchserve.declared = {
        "Rib_Fracture": wire.Declared("Fracture of a rib", "SCT", "33737001"),
        "Scoliosis": wire.Declared("Crooked spine"),  # trained, but not told well enough to be reported
    }
    client = await start()

    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert body["findings"] == {"Edema": 0.25, "Rib_Fracture": 0.5}
    assert body["declared"] == {"Rib_Fracture": {"words": "Fracture of a rib", "scheme": "SCT", "code": "33737001"}}


async def test_an_answer_without_such_findings_says_nothing_of_them(client):
    assert "declared" not in (await client.post(PATH, content=films.png(), headers=PNG)).json()


@pytest.mark.parametrize(("region", "between"), [("", False), ("joint", True)])
async def test_the_classifier_is_shown_the_region_that_its_archive_wants(start, torchserve, region, between):
    torchserve.region = region
    client = await start()

    await client.post(PATH, content=films.png(), headers=PNG)

    shown = torchserve.sent["classifier"]
    middle = len(shown) // 2
    assert bool(shown[middle, middle]) is between, "the fake's lungs leave a gap between them"


async def test_of_older_archives_neither_nearness_nor_operating_points_are_told(start, torchserve):
    from cxr.wire import Discrimination

    torchserve.operating_points = {}
    torchserve.answers["discriminator"] = Discrimination(0.9, 0.8, 0.95, 0.99)
    client = await start()

    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (body["outcome"], body["operating_points"], body["discriminator"]["nearness"]) == ("assessed", {}, None)


async def test_each_stage_is_sent_the_size_that_it_asked_for_and_nothing_else(client, torchserve):
    await client.post(PATH, content=films.dicom(), headers={"Content-Type": "application/dicom"})

    assert {name: pixels.shape for name, pixels in torchserve.sent.items()} == {
        name: (side, side) for name, side in SIDES.items()
    }


async def test_lungs_are_told_in_the_films_coordinates(client):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()  # 96 x 80, so 8 columns of margin

    assert body["lungs"]["bounding_box"] == {"row": 24, "column": 4, "rows": 48, "columns": 72}
    assert body["lungs"]["area_fraction"] == pytest.approx(2 * 48 * 24 / (96 * 80), abs=0.01)


@pytest.mark.parametrize("reason", ["not_a_chest_radiograph", "lateral_view", "rotated", "inverted"])
async def test_a_refused_film_has_no_classes_and_goes_no_further(client, torchserve, reason):
    torchserve.refuse(reason)

    response = await client.post(PATH, content=films.png(), headers=PNG)

    body = response.json()
    assert response.status_code == 200
    assert body["outcome"] == "refused"
    assert body["refusal"]["reason"] == reason
    assert body["refusal"]["detail"]
    assert (body["classes"], body["predicted_class"], body["heatmap"], body["findings"]) == (None, None, None, None)
    assert body["lungs"] is None
    assert "classifier" not in torchserve.asked


async def test_while_films_wait_a_refused_one_is_not_segmented(client, torchserve):
    torchserve.refuse("lateral_view")
    different = [films.png(films.pixels(seed=seed).astype("uint8")) for seed in range(24)]

    await asyncio.gather(*(client.post(PATH, content=film, headers=PNG) for film in different))

    assert torchserve.asked.count("segmenter") < torchserve.asked.count("discriminator") == 24


async def test_a_film_without_lungs_is_refused_before_the_classifier(client, torchserve):
    from cxr.wire import Lungs

    torchserve.answers["segmenter"] = Lungs(np.zeros((64, 64), np.uint8), 0.0, "lungs_not_found")

    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert body["refusal"]["reason"] == "lungs_not_found"
    assert body["classes"] is None
    assert sorted(torchserve.asked) == ["discriminator", "segmenter"]


async def test_a_refusal_of_a_newer_stage_is_a_refusal_by_its_name(client, torchserve):
    torchserve.refuse("some_new_reason")

    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (body["outcome"], body["classes"], body["refusal"]["reason"]) == ("refused", None, "some_new_reason")
    assert "some new reason" in body["refusal"]["detail"]


async def test_the_same_film_again_asks_no_stage(client, torchserve):
    first = (await client.post(PATH, content=films.png(), headers=PNG)).json()
    again = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert again["cached"] is True
    assert again["id"] != first["id"]
    assert again["classes"] == first["classes"]
    assert again["timings_ms"]["classifier"] is None
    assert len(torchserve.asked) == 3


async def test_the_same_pixels_in_another_file_ask_no_stage(client, torchserve):
    await client.post(PATH, content=films.png(), headers=PNG)
    again = (await client.post(PATH, content=films.png(compress_level=1), headers=PNG)).json()

    assert again["cached"] is True
    assert again["timings_ms"]["decode"] > 0
    assert len(torchserve.asked) == 3


async def test_no_cache_computes_afresh(client, torchserve):
    await client.post(PATH, content=films.png(), headers=PNG)
    again = (await client.post(PATH, content=films.png(), headers=PNG | {"Cache-Control": "no-cache"})).json()

    assert again["cached"] is False
    assert len(torchserve.asked) == 6


async def test_concurrent_duplicates_are_computed_once(client, torchserve):
    started = asyncio.Event()

    async def slow(name: str) -> None:
        started.set()
        await asyncio.sleep(0.1)

    torchserve.before = slow
    posts = [client.post(PATH, content=films.png(), headers=PNG) for _ in range(8)]
    bodies = [response.json() for response in await asyncio.gather(*posts)]

    assert [body["outcome"] for body in bodies] == ["assessed"] * 8
    assert len({body["id"] for body in bodies}) == 8
    assert sorted(torchserve.asked) == sorted(STAGES)  # the first two at the same time


async def test_async_is_accepted_and_found_later(client):
    response = await client.post(PATH, content=films.png(), headers=PNG | {"Prefer": "respond-async"})

    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    location = response.headers["location"]
    assert location == f"{PATH}/{response.json()['id']}"
    while (found := await client.get(location)).status_code == 202:
        assert found.json()["outcome"] == "running"
    assert found.json()["outcome"] == "assessed"
    assert found.json()["id"] == response.json()["id"]


async def test_async_film_that_cannot_be_read_is_told_at_once(client):
    response = await client.post(PATH, content=films.png()[:200], headers=PNG | {"Prefer": "respond-async"})

    assert response.status_code == 400


async def test_form_with_a_file_is_the_same_as_the_file(client):
    body = (await client.post(PATH, files={"file": ("a.png", films.png(), "image/png")})).json()
    again = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert body["outcome"] == "assessed"
    assert again["cached"] is True


async def test_an_assessment_can_be_fetched_again(client):
    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (await client.get(f"{PATH}/{body['id']}")).json() == body


async def test_an_unknown_assessment_is_not_found(client):
    response = await client.get(f"{PATH}/01JD0000000000000000000000")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_new_archive_is_not_answered_from_the_old_ones_cache(client, torchserve: FakeTorchServe):
    from tests.fakes import serving

    await client.post(PATH, content=films.png(), headers=PNG)
    port = int(torchserve.address.rpartition(":")[2])
    await torchserve.server.stop(0)
    while (await client.get("/readyz")).status_code == 200:  # until it is noticed, the old digests are the stages'
        await asyncio.sleep(0.05)
    torchserve.digests = dict.fromkeys(SIDES, "second")
    async with serving(torchserve, port):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)
        body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert body["cached"] is False


async def test_a_client_that_hangs_up_leaves_a_finished_result(client, torchserve):
    async def slow(name: str) -> None:
        await asyncio.sleep(0.2)

    torchserve.before = slow
    with pytest.raises(httpx.ReadTimeout):
        await client.post(PATH, content=films.png(), headers=PNG, timeout=0.3)
    await asyncio.sleep(0.6)
    torchserve.before = None

    body = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert body["cached"] is True
    assert len(torchserve.asked) == 3


async def test_a_film_whose_archive_changes_meanwhile_is_begun_again_with_the_new_one(client, torchserve):
    await client.post(PATH, content=films.png(), headers=PNG)
    torchserve.digests["classifier"] = "second"  # no connection is lost

    changed = await client.post(PATH, content=films.png(), headers=PNG | {"Cache-Control": "no-cache"})
    after = (await client.post(PATH, content=films.png(), headers=PNG)).json()

    assert (changed.status_code, changed.json()["outcome"]) == (200, "assessed")
    assert torchserve.asked.count("classifier") == 3
    assert (after["outcome"], after["cached"]) == ("assessed", True)

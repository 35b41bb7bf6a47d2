"""POST /v1/assessments?problem=: a number in the place of classes, of a stage that a gateway may have or not."""

import asyncio
import contextlib
import json
from io import BytesIO

import numpy as np
import pytest
import redis
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError
from pydicom import Dataset, dcmread

from cxr import wire
from gateway.settings import Settings
from results.reading import NumberReading
from results.whole_reading import MEDIA_TYPE as ZIP
from results.whole_reading import read_whole_reading
from tests import films
from tests.fakes import serving
from tests.hand import SIDE, Hand

PNG, DICOM = {"Content-Type": "image/png"}, {"Content-Type": "application/dicom"}
ASYNC = {"Prefer": "respond-async"}
PATH = "/v1/assessments"
ASKED = f"{PATH}?problem=bone-age"
AUTO = f"{PATH}?problem=auto"


def coded(**code: str) -> Dataset:
    """An item of a code sequence."""
    item = Dataset()
    for keyword, value in code.items():
        setattr(item, keyword, value)
    return item


def read(picture: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(picture)))


@pytest.fixture
async def hand():
    fake = Hand()
    async with serving(fake):
        yield fake


@pytest.fixture
async def measuring(start, hand):
    return await start(problems=f"bone-age={hand.address}")


async def test_a_film_of_which_a_number_is_asked_has_a_value_in_the_place_of_classes(measuring, torchserve, hand):
    response = await measuring.post(ASKED, content=films.png(), headers=PNG)

    body = response.json()
    assert response.status_code == 200, body
    assert (body["outcome"], body["asked"], body["refusal"]) == ("assessed", "bone-age", None)
    assert body["value"] == {"months": 120.0, "interval": [90.0, 150.0]}
    assert body["models"] == {"bone-age": "1.0.0"}
    assert body["told"] == {} and "classes" not in body
    assert (hand.asked, torchserve.asked) == (["bone-age"], [])
    assert (await measuring.get(f"{PATH}/{body['id']}")).json() == body


async def test_the_sex_picks_the_answer_and_never_reaches_the_stage_and_costs_no_second_look(measuring, hand):
    answers = [
        (await measuring.post(f"{ASKED}&sex={sex}", content=films.png(), headers=PNG)).json() for sex in ("", "F", "M")
    ]

    assert [each["value"]["months"] for each in answers] == [120.0, 126.0, 114.0]
    assert [each["told"] for each in answers] == [{}, {"sex": "F"}, {"sex": "M"}]
    assert [each["cached"] for each in answers] == [False, True, True]
    assert len(hand.requests) == 1


async def test_a_dicom_films_own_header_tells_the_sex_unless_the_request_does(measuring):
    film = films.dicom(PatientSex="M")

    own = (await measuring.post(ASKED, content=film, headers=DICOM)).json()
    told = (await measuring.post(f"{ASKED}&sex=F", content=film, headers=DICOM)).json()

    assert (own["told"], told["told"]) == ({"sex": "M"}, {"sex": "F"})
    assert (own["value"]["months"], told["value"]["months"]) == (114.0, 126.0)


async def test_the_stage_is_shown_the_whole_film_as_a_square_of_its_side(measuring, hand):
    await measuring.post(ASKED, content=films.png(films.pixels()[:, :-9]), headers=PNG)

    assert hand.sent["bone-age"].shape == (SIDE, SIDE)


async def test_what_the_stage_refuses_has_no_value(measuring, hand):
    hand.answer = wire.Measurement({}, {}, 0.01, -3.0, "not_a_hand_radiograph")

    body = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()

    assert (body["outcome"], body["value"]) == ("refused", None)
    assert body["refusal"]["reason"] == "not_a_hand_radiograph"
    assert "hand radiograph" in body["refusal"]["detail"]


async def test_another_archive_is_asked_again_and_the_chests_answer_to_the_same_film_is_another(
    measuring, hand, torchserve, valkey
):
    await measuring.post(ASKED, content=films.png(), headers=PNG)
    chest = (await measuring.post(PATH, content=films.png(), headers=PNG)).json()
    again = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()

    assert chest["classes"] and not chest["cached"] and again["cached"]
    with contextlib.closing(redis.Redis(port=valkey.port)) as client:
        kept = client.keys("cxr:re*")
    assert sorted(name.split(b":")[1] for name in kept) == [b"reading", b"result"]
    fresh = await measuring.post(ASKED, content=films.png(), headers=PNG | {"Cache-Control": "no-cache"})
    assert not fresh.json()["cached"] and len(hand.requests) == 2


async def test_a_gateway_without_the_stage_says_that_it_was_not_deployed(client):
    response = await client.post(ASKED, content=films.png(), headers=PNG)

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "problem-not-deployed"
    assert "bone-age" in response.json()["detail"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("problem=knee", "problem takes chest, bone-age, auto"),
        ("problem=bone-age&correct=true", "do not go with problem=bone-age"),
        ("problem=bone-age&despite_refusal=true", "do not go with problem=bone-age"),
        ("sex=F", "sex goes with a problem"),
    ],
)
async def test_what_does_not_go_together_is_told(measuring, query, said):
    response = await measuring.post(f"{PATH}?{query}", content=films.png(), headers=PNG)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert said in response.json()["detail"]


SITE = {"CodeValue": "85562004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Hand"}
OLD_SITE = SITE | {"CodeValue": "T-D8700", "CodingSchemeDesignator": "SRT"}


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ({"BodyPartExamined": "HAND"}, "bone-age"),
        ({"BodyPartExamined": "Left hand pa"}, "bone-age"),
        ({"AnatomicRegionSequence": [coded(**SITE)]}, "bone-age"),
        (
            {"AnatomicRegionSequence": [coded(**OLD_SITE)]},
            "bone-age",
        ),
        ({"BodyPartExamined": "CHEST", "AnatomicRegionSequence": [coded(**SITE)]}, None),
        ({"BodyPartExamined": "HANDLE"}, None),
        ({"BodyPartExamined": "FOOT"}, None),
        ({}, None),
    ],
)
async def test_asked_to_choose_the_gateway_answers_what_the_films_body_part_asks_for(measuring, told, asked):
    body = (await measuring.post(AUTO, content=films.dicom(**told), headers=DICOM)).json()

    assert body["outcome"] == "assessed" and body.get("asked") == asked, body
    assert ("classes" in body) == (asked is None)


async def test_asked_to_choose_it_takes_a_picture_for_a_chest_film(measuring):
    assert "classes" in (await measuring.post(AUTO, content=films.png(), headers=PNG)).json()


async def test_asked_to_choose_a_gateway_without_the_stage_does_as_before(client):
    film = films.dicom(BodyPartExamined="HAND")

    answers = [(await client.post(path, content=film, headers=DICOM)).json() for path in (PATH, AUTO)]

    assert answers[0]["classes"] == answers[1]["classes"]
    assert [each["conflicts"][0]["attribute"] for each in answers] == ["BodyPartExamined"] * 2


async def test_a_chosen_number_takes_the_sex_but_no_correction_and_says_why(measuring):
    film = films.dicom(BodyPartExamined="HAND")

    told = await measuring.post(f"{AUTO}&sex=M", content=film, headers=DICOM)
    corrected = await measuring.post(f"{AUTO}&correct=true", content=film, headers=DICOM)

    assert told.json()["value"]["months"] == 114.0
    assert (corrected.status_code, corrected.json()["code"]) == (400, "malformed")
    assert "problem=bone-age, for which the film's body part asks" in corrected.json()["detail"]


async def test_naming_the_chest_is_the_same_as_naming_none(client):
    named, none = [
        (await client.post(path, content=films.png(), headers=PNG)).json() for path in (f"{PATH}?problem=chest", PATH)
    ]

    changing = ("id", "created", "timings_ms", "cached")
    assert none["cached"] and json.dumps({k: v for k, v in named.items() if k not in changing}) == json.dumps(
        {k: v for k, v in none.items() if k not in changing}
    )


async def test_a_measured_dicom_film_has_a_report_and_a_record_and_no_objects_of_pictures(measuring):
    made = (await measuring.post(ASKED, content=films.dicom(PatientID="4711"), headers=DICOM)).json()

    report = await measuring.get(f"{PATH}/{made['id']}/sr.dcm")
    record = await measuring.get(f"{PATH}/{made['id']}/fhir")
    assert report.headers["content-type"] == "application/dicom"
    assert dcmread(BytesIO(report.content)).PatientID == "4711"
    (age,) = [
        entry["resource"] for entry in record.json()["entry"] if entry["resource"]["resourceType"] == "Observation"
    ]
    assert age["valueQuantity"]["value"] == 120.0 and record.headers["cache-control"] == "private, no-store"
    posted = await measuring.get(f"{PATH}/{made['id']}/fhir", params={"bundle": "transaction"})
    assert posted.json()["type"] == "transaction"
    assert (await measuring.get(f"{PATH}/{made['id']}/header")).json()["00100020"]["Value"] == ["4711"]
    for name in ("lungs.dcm", "overlay.dcm"):
        assert (await measuring.get(f"{PATH}/{made['id']}/{name}")).json()["code"] == "not-found"


async def test_a_measured_picture_has_a_record_but_no_dicom_objects(measuring):
    made = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()

    assert (await measuring.get(f"{PATH}/{made['id']}/fhir")).status_code == 200
    assert "DICOM" in (await measuring.get(f"{PATH}/{made['id']}/sr.dcm")).json()["detail"]


async def test_the_report_for_another_sex_is_another_object(measuring):
    film, uids = films.dicom(), []
    for sex in ("F", "M", "F"):
        made = (await measuring.post(f"{ASKED}&sex={sex}", content=film, headers=DICOM)).json()
        report = await measuring.get(f"{PATH}/{made['id']}/sr.dcm")
        uids.append(dcmread(BytesIO(report.content)).SOPInstanceUID)

    assert uids[0] == uids[2] != uids[1]


async def test_who_writes_results_gets_the_number_with_what_names_it(measuring):
    wanted = DICOM | {"Accept": ZIP}

    response = await measuring.post(ASKED, content=films.dicom(), headers=wanted)

    reading = read_whole_reading(response.content)
    assert response.headers["content-type"] == ZIP
    assert isinstance(reading, NumberReading)
    assert reading.assessment.value == {"months": 120.0, "interval": (90.0, 150.0)} and reading.key


async def test_who_does_not_wait_finds_the_number_later_with_all_that_is_below_it(measuring):
    response = await measuring.post(f"{ASKED}&sex=M", content=films.dicom(), headers=DICOM | ASYNC)

    assert response.status_code == 202, response.text
    location = response.headers["location"]
    while (found := await measuring.get(location)).status_code == 202:
        assert found.json()["outcome"] == "running"
    body = found.json()
    assert (body["id"], body["asked"], body["value"]["months"]) == (response.json()["id"], "bone-age", 114.0)
    for name in ("sr.dcm", "fhir", "heatmap.png"):
        assert (await measuring.get(f"{location}/{name}")).status_code == 200
    assert (await measuring.delete(location)).status_code == 204


async def test_who_does_not_wait_for_a_stage_that_fails_is_told_so_later(measuring, hand):
    hand.answer = wire.Discrimination(0.9, 0.9, 0.9, 0.9, 0.0)
    location = (await measuring.post(ASKED, content=films.png(), headers=PNG | ASYNC)).headers["location"]

    while (found := await measuring.get(location)).status_code == 202:
        pass
    assert (found.json()["outcome"], found.json()["problem"]["code"]) == ("failed", "stage-failed")


async def test_a_measured_film_is_in_no_feed_and_has_no_pictures_of_the_chest(measuring):
    made = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()

    feed = (await measuring.get(f"{PATH}?after=0-0")).json()
    assert made["id"] not in [each["id"] for each in feed["assessments"]]
    assert (await measuring.get(f"{PATH}/{made['id']}/lungs.png")).status_code == 404


async def test_a_measured_film_has_its_pixels_and_where_they_vote_for_its_number_as_pictures(measuring, hand):
    hand.heats["F"] = np.array([[0, 0], [0, 2]], np.float32)
    film = films.pixels(300, 200).astype(np.uint8)
    url = PATH + "/" + (await measuring.post(f"{ASKED}&sex=F", content=films.png(film), headers=PNG)).json()["id"]

    heat, overlay, shown = [
        read((await measuring.get(f"{url}/{name}")).content)
        for name in ("heatmap.png", "heatmap.png?overlay=true&side=150", "radiograph.png")
    ]

    assert heat.shape == (300, 200)
    assert heat[0, 0] == 0 and heat[-1, -1] == 255
    assert overlay.shape == (150, 100, 3)
    np.testing.assert_array_equal(shown, film)
    assert (await measuring.get(f"{url}/radiograph.pgm")).content.endswith(film.tobytes())


async def test_a_number_has_one_heat_map_and_a_refused_film_none(measuring, hand):
    made = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()
    hand.answer = wire.Measurement({}, {}, 0.01, 9.5, "not_a_hand_radiograph")
    other = (await measuring.post(ASKED, content=films.png(films.pixels(90, 80)), headers=PNG)).json()

    named = await measuring.get(f"{PATH}/{made['id']}/heatmap.png?class=no_pathology")
    assert (named.status_code, named.json()["code"]) == (400, "malformed")
    assert (await measuring.get(f"{PATH}/{other['id']}/heatmap.png")).json()["code"] == "not-found"
    assert (await measuring.get(f"{PATH}/{other['id']}/radiograph.png")).status_code == 200


@pytest.mark.parametrize("problems", ["knee=127.0.0.1:7100", "bone-age", "chest=127.0.0.1:7070"])
def test_stages_of_unknown_problems_or_without_an_address_stop_the_gateway_at_start(problems):
    with pytest.raises(ValidationError):
        Settings(problems=problems)


async def feed(client, **parameters):
    """The feed, once something is in it."""
    async with asyncio.timeout(60):
        while (found := (await client.get(PATH, params=parameters)).json())["next"] == "0-0":
            await asyncio.sleep(0.01)
    return found


async def test_a_measured_film_is_listed_to_who_asks_for_its_problem_and_to_no_client_that_knows_none(measuring):
    headers = PNG | {"X-CXR-Source": "modality", "Priority": "urgent"}
    hand = (await measuring.post(ASKED, content=films.png(), headers=headers)).json()
    first = await feed(measuring, problem="bone-age")
    chest = (await measuring.post(PATH, content=films.png(), headers=PNG)).json()
    async with asyncio.timeout(60):
        while len(everything := (await feed(measuring, problem="any"))["assessments"]) < 2:
            await asyncio.sleep(0.01)

    told = {"created": hand["created"], "outcome": "assessed", "source": "modality", "lane": "urgent"}
    assert first["assessments"] == [{"id": hand["id"], "asked": "bone-age"} | told]
    assert [each["id"] for each in everything] == [hand["id"], chest["id"]]
    assert [each["id"] for each in (await feed(measuring))["assessments"]] == [chest["id"]]
    assert [each["id"] for each in (await feed(measuring, limit=1))["assessments"]] == [chest["id"]]


async def test_who_waits_for_chest_films_is_not_called_for_another_problems(measuring):
    waiting = asyncio.create_task(measuring.get(PATH, params={"wait_s": 20}))
    hand = (await measuring.post(ASKED, content=films.png(), headers=PNG)).json()
    assert (await feed(measuring, problem="any"))["assessments"][0]["id"] == hand["id"]
    chest = (await measuring.post(PATH, content=films.png(), headers=PNG)).json()

    async with asyncio.timeout(15):
        assert [each["id"] for each in (await waiting).json()["assessments"]] == [chest["id"]]


async def test_a_feed_of_a_problem_that_nobody_knows_is_malformed(client):
    response = await client.get(PATH, params={"problem": "knee"})

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert "problem takes chest, bone-age, any" in response.json()["detail"]

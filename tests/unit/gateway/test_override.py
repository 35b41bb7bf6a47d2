"""A film that the discriminator refuses, and that a doctor has assessed all the same."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from cxr.wire import Lungs
from tests import films
from tests.fakes import CLASSES
from vocabulary.stages import STAGES

PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"
ANYWAY = f"{PATH}?despite_refusal=true"
FILM = films.png(films.pixels(240, 224).astype(np.uint8))
SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"


async def test_the_cascade_goes_on_and_the_answer_says_what_was_overridden(client, torchserve):
    torchserve.refuse("rotated")

    body = (await client.post(ANYWAY, content=FILM, headers=PNG)).json()

    assert body["outcome"] == "assessed"
    assert body["classes"] == pytest.approx(CLASSES)
    assert body["refusal"]["reason"] == "rotated"
    assert body["refusal"]["detail"]
    assert [each["code"] for each in body["cautions"]] == ["refusal_overridden"]
    assert "(Rotated)" in body["cautions"][0]["detail"]
    assert sorted(torchserve.asked) == sorted(STAGES)  # the first two at the same time


async def test_an_ordinary_request_never_gets_an_overridden_answer_nor_the_other_way_round(client, torchserve):
    torchserve.refuse("rotated")
    paths = (PATH, ANYWAY, PATH, ANYWAY)

    bodies = [(await client.post(path, content=FILM, headers=PNG)).json() for path in paths]

    assert [body["outcome"] for body in bodies] == ["refused", "assessed"] * 2
    assert [body["cached"] for body in bodies] == [False, False, True, True]
    assert [len(body["cautions"]) for body in bodies] == [0, 1, 0, 1]


async def test_a_film_that_is_not_refused_is_assessed_as_ever(client):
    body = (await client.post(ANYWAY, content=FILM, headers=PNG)).json()

    assert (body["outcome"], body["refusal"], body["cautions"]) == ("assessed", None, [])


async def test_where_no_lungs_are_found_it_is_refused_all_the_same(client, torchserve):
    torchserve.refuse("rotated")
    torchserve.answers["segmenter"] = Lungs(np.zeros((64, 64), np.uint8), 0.0, "lungs_not_found")

    body = (await client.post(ANYWAY, content=FILM, headers=PNG)).json()

    assert (body["outcome"], body["refusal"]["reason"]) == ("refused", "lungs_not_found")
    assert (body["classes"], body["cautions"]) == (None, [])


async def test_it_counts_as_overridden_and_not_as_refused(client, torchserve):
    torchserve.refuse("inverted")
    await client.post(ANYWAY, content=FILM, headers=PNG)

    text = (await client.get("/metrics")).text

    assert 'cxr_refusals_overridden_total{reason="inverted"} 1.0' in text
    assert 'cxr_refusals_total{reason="inverted"}' not in text


async def test_its_report_and_record_are_others_than_the_refused_ones_and_say_so(client, torchserve):
    torchserve.refuse("rotated")
    reports, texts = [], []
    for path in (PATH, ANYWAY):
        headers = {"Content-Type": "application/dicom"}
        body = (await client.post(path, content=SAMPLE.read_bytes(), headers=headers)).json()
        reports.append(dcmread(BytesIO((await client.get(f"{PATH}/{body['id']}/sr.dcm")).content)))
        texts.append((await client.get(f"{PATH}/{body['id']}/fhir")).text)

    refused, overridden = (report.to_json() for report in reports)
    assert reports[0].SOPInstanceUID != reports[1].SOPInstanceUID
    assert "doctor asked for it" in overridden and "not available" not in overridden
    assert "doctor asked for it" in texts[1] and "not available" not in texts[1]
    assert "doctor asked for it" not in refused + texts[0]


@pytest.mark.parametrize("value", ["perhaps", ""])
async def test_a_wish_that_is_not_understood_is_malformed(client, value):
    response = await client.post(f"{PATH}?despite_refusal={value}", content=FILM, headers=PNG)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")

"""Films that a request allows to be turned or inverted: assessed so, with results on the film as it was sent."""

import contextlib
import dataclasses
from io import BytesIO

import numpy as np
import pytest
import redis
from PIL import Image
from pydicom import dcmread

from cxr.wire import Lungs
from gateway.correction import WAYS
from results.schema import Correction
from tests import films

DICOM = {"Content-Type": "application/dicom"}
PNG = {"Content-Type": "image/png"}
PATH = "/v1/assessments"
CORRECTED = f"{PATH}?correct=true"


def upright(rows: int = 240, columns: int = 224) -> np.ndarray:
    """Dark noise, and white in the quarter at its top left alone: every pose and its negative are different films."""
    film = np.random.default_rng(0).integers(0, 160, (rows, columns)).astype(np.uint8)
    film[: rows // 2, : columns // 2] = 255
    return film


def spoilt(way: Correction) -> np.ndarray:
    """A film that this correction makes upright: turned as far the other way."""
    turned = np.rot90(upright(), way.rotated // 90)
    return np.ascontiguousarray(255 - turned if way.inverted else turned)


@pytest.fixture
def seeing(torchserve):
    """A discriminator that accepts nothing but the upright film, and a segmenter that finds what is white."""
    normal = torchserve.answers["discriminator"]

    async def look(name):
        sent = torchserve.sent[name].astype(float)
        inside = slice(len(sent) // 8, -len(sent) // 8)  # of each half, away from the black beside the film
        quarters = [part[inside, inside].mean() for rows in np.split(sent, 2) for part in np.split(rows, 2, axis=1)]
        odd = int(np.argmax(np.abs(quarters - np.median(quarters))))
        positive, at_top_left = quarters[odd] > np.median(quarters), odd == 0
        refusal = "" if positive and at_top_left else "rotated" if positive else "inverted"
        if name == "discriminator":
            torchserve.answers[name] = dataclasses.replace(
                normal, positive=0.95 if positive else 0.02, upright=0.95 if at_top_left else 0.02, refusal=refusal
            )
        if name == "segmenter":
            torchserve.answers[name] = Lungs((sent > 200).astype(np.uint8), 0.95)

    torchserve.before = look
    return torchserve


async def picture(client, body, name):
    return np.asarray(Image.open(BytesIO((await client.get(f"{PATH}/{body['id']}/{name}")).content)))


async def segmented(client, body):
    found = dcmread(BytesIO((await client.get(f"{PATH}/{body['id']}/lungs.dcm")).content))
    return found, found.pixel_array


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.told())
async def test_the_corrected_film_is_assessed_and_says_so(client, seeing, way):
    body = (await client.post(CORRECTED, content=films.png(spoilt(way)), headers=PNG)).json()

    assert (body["outcome"], body["refusal"]) == ("assessed", None)
    assert body["correction"] == {"rotated": way.rotated, "inverted": way.inverted}
    assert body["display"] == f"as stored, {way.told()}"
    assert body["cautions"][0]["code"] == "corrected"
    assert way.told() in body["cautions"][0]["detail"]
    assert np.array_equal(await picture(client, body, "radiograph.png"), upright())


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.told())
async def test_segmentation_and_overlay_lie_on_the_film_as_it_was_sent(client, seeing, way):
    sent = spoilt(way)
    body = (await client.post(CORRECTED, content=films.dicom(sent.astype(np.uint16), bits=8), headers=DICOM)).json()

    found, mask = await segmented(client, body)
    overlay = dcmread(BytesIO((await client.get(f"{PATH}/{body['id']}/overlay.dcm")).content))

    assert (found.Rows, found.Columns) == sent.shape
    white = sent == (0 if way.inverted else 255)
    assert (mask[0] if mask.ndim == 3 else mask)[white].mean() > 0.97
    assert (mask[0] if mask.ndim == 3 else mask)[~white].mean() < 0.03
    rows, columns = (round(1024 * side / max(sent.shape)) for side in sent.shape)
    left = (overlay.Columns - columns) // 2
    shown = overlay.pixel_array[:rows, left : left + columns].mean(axis=2)
    assert odd_quarter(shown) == odd_quarter(sent)


def odd_quarter(film: np.ndarray) -> int:
    means = [part.mean() for half in np.array_split(film, 2) for part in np.array_split(half, 2, axis=1)]
    return int(np.argmax(np.abs(means - np.median(means))))


async def test_the_caution_reaches_report_and_fhir_as_a_code(client, seeing):
    way = Correction(rotated=180)
    body = (await client.post(CORRECTED, content=films.dicom(spoilt(way).astype(np.uint16)), headers=DICOM)).json()

    report = dcmread(BytesIO((await client.get(f"{PATH}/{body['id']}/sr.dcm")).content)).to_json()
    fhir = (await client.get(f"{PATH}/{body['id']}/fhir")).text

    for told in (report, fhir):
        assert "turned by 180 degrees clockwise" in told
        assert '"corrected"' in told


async def test_who_does_not_ask_gets_a_refusal_before_and_after(client, seeing):
    film = films.png(spoilt(Correction(rotated=90)))
    bodies = [(await client.post(path, content=film, headers=PNG)).json() for path in (PATH, CORRECTED, PATH)]

    assert [body["outcome"] for body in bodies] == ["refused", "assessed", "refused"]
    assert [body["correction"] is None for body in bodies] == [True, False, True]
    assert bodies[2]["cached"]


async def test_the_same_file_again_is_answered_from_the_cache(client, seeing):
    film = films.png(spoilt(Correction(rotated=270, inverted=True)))
    first = (await client.post(CORRECTED, content=film, headers=PNG)).json()
    asked = len(seeing.asked)

    again = (await client.post(CORRECTED, content=film, headers=PNG)).json()

    assert (again["cached"], again["correction"], len(seeing.asked)) == (True, first["correction"], asked)
    whole = await client.post(CORRECTED, content=film, headers=PNG | {"Accept": "application/zip"})
    assert upright().tobytes() in whole.content, "the pixels that were assessed, although its file was known"


async def test_a_film_that_is_accepted_is_left_as_it_is(client, seeing):
    body = (await client.post(CORRECTED, content=films.png(upright()), headers=PNG)).json()

    assert (body["outcome"], body["correction"], body["cautions"]) == ("assessed", None, [])
    assert seeing.asked.count("discriminator") == 1


async def test_where_no_way_helps_the_refusal_stands(client, torchserve):
    torchserve.refuse("rotated")

    body = (await client.post(CORRECTED, content=films.png(upright()), headers=PNG)).json()

    assert (body["outcome"], body["refusal"]["reason"], body["correction"]) == ("refused", "rotated", None)
    assert torchserve.asked.count("discriminator") == 1 + len(WAYS)


@pytest.mark.parametrize("reason", ["not_a_chest_radiograph", "lateral_view"])
async def test_what_is_refused_for_another_reason_is_not_turned(client, torchserve, reason):
    torchserve.refuse(reason)

    body = (await client.post(CORRECTED, content=films.png(upright()), headers=PNG)).json()

    assert body["refusal"]["reason"] == reason
    assert torchserve.asked.count("discriminator") == 1


async def test_it_can_be_asked_for_in_the_background(client, seeing):
    film = films.png(spoilt(Correction(inverted=True)))
    running = await client.post(CORRECTED, content=film, headers=PNG | {"Prefer": "respond-async"})

    body = running.json()
    while body["outcome"] == "running":
        body = (await client.get(running.headers["location"])).json()

    assert (body["outcome"], body["correction"]) == ("assessed", {"rotated": 0, "inverted": True})


def test_turning_by_90_degrees_clockwise_brings_the_first_column_to_the_top():
    sent = np.array([[1, 2], [3, 4], [5, 6]], np.uint8)
    way = Correction(rotated=90, inverted=True)

    assert way.of(sent).tolist() == [[250, 252, 254], [249, 251, 253]]
    assert np.array_equal(way.undone(way.of(sent)), sent)
    assert Correction(rotated=90).of(sent).tolist() == [[5, 3, 1], [6, 4, 2]]


async def test_the_film_as_it_was_sent_is_forgotten_with_the_corrected_one(client, seeing, valkey):
    body = (await client.post(CORRECTED, content=films.png(spoilt(WAYS[1])), headers=PNG)).json()
    with contextlib.closing(redis.Redis(port=valkey.port)) as kept:
        assert sum(1 for _ in kept.scan_iter("cxr:film:*")) == 2

        assert (await client.delete(f"{PATH}/{body['id']}")).status_code == 204

        assert [name for name in kept.scan_iter("cxr:*") if name != b"cxr:feed"] == []

"""Films whose header contradicts itself about which values are white: what the discriminator sees decides."""

import dataclasses
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests import films

DICOM = {"Content-Type": "application/dicom"}
PATH = "/v1/assessments"
FILM = films.pixels(240, 224, bits=12)  # dark above, bright below: so it is right


@pytest.fixture
def seeing(torchserve):
    """A discriminator that refuses what is brighter above than below, as a negative."""

    async def look(name):
        if name == "discriminator":
            sent = torchserve.sent[name].astype(float)
            right = sent[: len(sent) // 2].mean() < sent[len(sent) // 2 :].mean()
            seen = dataclasses.replace(
                torchserve.answers[name], positive=0.99 if right else 0.01, refusal="" if right else "inverted"
            )
            torchserve.answers[name] = seen

    torchserve.before = look
    return torchserve


def contradictory(**attributes):
    return films.dicom(FILM, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="IDENTITY", **attributes)


async def test_the_pixels_decide_and_it_is_said(client, seeing):
    file = contradictory()
    first = (await client.post(PATH, content=file, headers=DICOM)).json()

    assert first["outcome"] == "assessed"
    assert first["display"] == "full range, inverted, negative"
    assert [each["code"] for each in first["cautions"]] == ["polarity_contradiction"]
    assert seeing.asked.count("discriminator") == 2

    again = (await client.post(PATH, content=file, headers=DICOM)).json()
    assert (again["outcome"], again["cached"], again["display"]) == ("assessed", True, first["display"])
    assert seeing.asked.count("discriminator") == 2
    for body in (first, again):
        picture = (await client.get(f"{PATH}/{body['id']}/radiograph.png")).content
        shown = np.asarray(Image.open(BytesIO(picture)))
        assert np.abs(shown - FILM * (255 / 4095)).max() <= 1


async def test_a_film_that_is_right_at_first_stays_so(client, seeing):
    stored = (4095 - FILM).astype(np.uint16)
    file = films.dicom(stored, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="IDENTITY")

    body = (await client.post(PATH, content=file, headers=DICOM)).json()

    assert (body["outcome"], body["display"]) == ("assessed", "full range, inverted")
    assert seeing.asked.count("discriminator") == 1


async def test_a_negative_whose_header_is_clear_is_refused(client, seeing):
    body = (
        await client.post(PATH, content=films.dicom(FILM, PhotometricInterpretation="MONOCHROME1"), headers=DICOM)
    ).json()

    assert (body["outcome"], body["refusal"]["reason"]) == ("refused", "inverted")


async def test_fresh_results_and_the_result_of_the_same_film_from_another_file_agree(client, seeing):
    bodies = [
        (await client.post(PATH, content=file, headers=DICOM | more)).json()
        for file, more in (
            (contradictory(PatientID="1"), {}),
            (contradictory(PatientID="2"), {"Cache-Control": "no-cache"}),
        )
    ]

    assert [body["display"] for body in bodies] == ["full range, inverted, negative"] * 2

"""What is kept of a film's header, for worklists."""

from io import BytesIO
from pathlib import Path

from pydicom import Dataset, dcmread

from tests import films

DICOM = {"Content-Type": "application/dicom"}
PATH = "/v1/assessments"
SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"


async def posted(client, data: bytes, kind: str = "application/dicom") -> str:
    return (await client.post(PATH, content=data, headers={"Content-Type": kind})).json()["id"]


async def test_the_header_is_told_in_the_dicom_json_model(client):
    film = dcmread(SAMPLE)
    film.SpecificCharacterSet, film.PatientName = "ISO_IR 192", "Müller^Zoë=山田^太郎"
    film.StationName, film.InstitutionName, film.ManufacturerModelName = "ROOM 3", "Clinic", "Detector 5"
    film.BurnedInAnnotation, film.PatientAddress = "YES", "Somewhere 1"
    file = BytesIO()
    film.save_as(file)

    response = await client.get(f"{PATH}/{await posted(client, file.getvalue())}/header")
    told = Dataset.from_json(response.text)

    assert response.headers["content-type"] == "application/dicom+json"
    assert response.headers["cache-control"] == "private, no-store"
    assert (told.PatientName, told.PatientID) == (film.PatientName, film.PatientID)
    assert (told.StationName, told.InstitutionName, told.ManufacturerModelName) == ("ROOM 3", "Clinic", "Detector 5")
    assert (told.BurnedInAnnotation, told.PixelSpacing) == ("YES", [1, 1])
    assert "PatientAddress" not in told and "PixelData" not in told


async def test_a_refused_film_has_a_header_too(client, torchserve):
    torchserve.refuse("lateral_view")

    response = await client.get(f"{PATH}/{await posted(client, SAMPLE.read_bytes())}/header")

    assert response.json()["00100020"]["Value"] == ["TEST-0001"]


async def test_a_picture_has_none(client):
    response = await client.get(f"{PATH}/{await posted(client, films.png(), 'image/png')}/header")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert "DICOM" in response.json()["detail"]


async def test_only_a_gateway_with_the_secret_tells_it(start):
    one, other = await start(), await start()
    path = f"{PATH}/{await posted(one, SAMPLE.read_bytes())}/header"

    assert (await one.get(path)).status_code == 200
    response = await other.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not-found")

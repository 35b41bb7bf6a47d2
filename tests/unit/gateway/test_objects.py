"""An assessment's DICOM objects and FHIR over HTTP, and what Redis is told of a patient."""

from io import BytesIO
from pathlib import Path

import httpx
import pytest
from pydicom import dcmread

from tests import films
from tests.kept import kept_in

DICOM = {"Content-Type": "application/dicom"}
PATH = "/v1/assessments"
SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"


async def assessed(client: httpx.AsyncClient, data: bytes | None = None) -> dict:
    response = await client.post(PATH, content=data or SAMPLE.read_bytes(), headers=DICOM)
    assert response.status_code == 200, response.text
    return response.json()


async def test_every_result_of_an_assessment_can_be_fetched(client):
    body = await assessed(client)

    modalities = {}
    for name in ("sr", "lungs", "overlay"):
        response = await client.get(f"{PATH}/{body['id']}/{name}.dcm")
        assert response.headers["content-type"] == "application/dicom"
        modalities[name] = dcmread(BytesIO(response.content)).Modality
    fhir = await client.get(f"{PATH}/{body['id']}/fhir")

    assert modalities == {"sr": "SR", "lungs": "SEG", "overlay": "OT"}
    assert fhir.headers["content-type"] == "application/fhir+json"
    posted = await client.get(f"{PATH}/{body['id']}/fhir", params={"bundle": "transaction"})
    assert [fhir.json()["type"], posted.json()["type"]] == ["collection", "transaction"]
    assert fhir.json()["resourceType"] == "Bundle"


async def test_fhir_has_the_hospitals_system_of_patient_ids_the_order_and_the_time_of_the_film(start):
    client = await start(fhir_patient_system="urn:oid:1.2.3")
    film = films.dicom(StudyDate="20240101", StudyTime="101500", AccessionNumber="A1")

    told = await client.get(f"{PATH}/{(await assessed(client, film))['id']}/fhir")

    found = {entry["resource"]["resourceType"]: entry["resource"] for entry in told.json()["entry"]}
    assert found["Patient"]["identifier"][0]["system"] == "urn:oid:1.2.3"
    assert found["DiagnosticReport"]["effectiveDateTime"] == found["ImagingStudy"]["started"] == "2024-01-01"
    assert found["DiagnosticReport"]["basedOn"][0]["identifier"]["value"] == "A1"
    assert told.headers["cache-control"] == "private, no-store", "it is patient data"


async def test_a_film_that_was_seen_before_has_results_of_its_own_header(client):
    first, other = dcmread(SAMPLE), dcmread(SAMPLE)
    other.PatientID, other.SOPInstanceUID, other.StudyInstanceUID = "ANOTHER", "1.2.3.4", "1.2.3"
    file = BytesIO()
    other.save_as(file)
    await assessed(client)

    body = await assessed(client, file.getvalue())
    report = dcmread(BytesIO((await client.get(f"{PATH}/{body['id']}/sr.dcm")).content))

    assert body["cached"] is True
    assert (report.PatientID, report.StudyInstanceUID) == ("ANOTHER", "1.2.3")
    again = await assessed(client)
    report = dcmread(BytesIO((await client.get(f"{PATH}/{again['id']}/sr.dcm")).content))
    assert report.PatientID == first.PatientID


async def test_a_refused_film_has_a_report_and_no_lungs(client, torchserve):
    torchserve.refuse("inverted")
    body = await assessed(client)

    assert (await client.get(f"{PATH}/{body['id']}/sr.dcm")).status_code == 200
    assert (await client.get(f"{PATH}/{body['id']}/overlay.dcm")).status_code == 200
    assert (await client.get(f"{PATH}/{body['id']}/lungs.dcm")).json()["code"] == "not-found"


async def test_a_picture_has_fhir_but_no_dicom_objects(client):
    body = (await client.post(PATH, content=films.png(), headers={"Content-Type": "image/png"})).json()

    response = await client.get(f"{PATH}/{body['id']}/sr.dcm")

    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert "DICOM" in response.json()["detail"]
    assert (await client.get(f"{PATH}/{body['id']}/fhir")).status_code == 200


async def test_the_report_before_is_named_where_the_caller_knows_it(client):
    body = await assessed(client)
    before = {"supersedes": "1.2.3.9", "supersedes_series": "1.2.3.8"}

    report = await client.get(f"{PATH}/{body['id']}/sr.dcm", params=before)
    wrong = await client.get(f"{PATH}/{body['id']}/sr.dcm", params={"supersedes": "not a uid"})

    assert "PredecessorDocumentsSequence" in dcmread(BytesIO(report.content))
    assert wrong.status_code == 400


async def test_neither_redis_nor_a_stage_is_told_anything_of_the_patient(client, valkey, torchserve):
    await assessed(client, films.dicom(PatientName="Canary^Bird", PatientID="CANARY-77", StudyInstanceUID="1.2.99.77"))

    kept = kept_in(valkey.url)

    told = b"".join(torchserve.requests)
    assert len(kept) > 1000
    assert len(told) > 1000
    for secret in (b"Canary", b"CANARY-77", b"1.2.99.77"):
        assert secret not in kept
        assert secret not in told


async def test_the_display_transform_is_named_and_known_files_keep_it(client):
    for _ in range(2):
        assert (await assessed(client))["display"] == "window 2048/3200 linear, inverted"


async def test_what_the_header_contradicts_is_told_of_this_film_only(client):
    lateral = films.dicom(ViewPosition="LL", BodyPartExamined="HAND")
    plain = films.dicom(ViewPosition="PA", BodyPartExamined="CHEST")

    told = [(await assessed(client, data))["conflicts"] for data in (lateral, plain, lateral)]

    assert [[each["attribute"] for each in conflicts] for conflicts in told] == [
        ["ViewPosition", "BodyPartExamined"],
        [],
        ["ViewPosition", "BodyPartExamined"],
    ]


@pytest.mark.parametrize(("population", "expected"), [("children", ["adult"]), ("adults", []), ("", [])])
async def test_a_patient_unlike_those_that_the_model_was_evaluated_on_is_a_caution(
    start, torchserve, population, expected
):
    torchserve.population = population
    client = await start()

    body = await assessed(client, films.dicom(films.pixels(240, 224, bits=12), PatientAge="071Y"))

    assert [caution["code"] for caution in body["cautions"]] == expected


async def test_the_time_zone_of_the_film_reaches_fhir_and_not_objects_whose_times_are_ours(client):
    times = {"AcquisitionDate": "20240131", "AcquisitionTime": "101507", "TimezoneOffsetFromUTC": "+0900"}
    body = await assessed(client, films.dicom(**times))

    bundle = (await client.get(f"/v1/assessments/{body['id']}/fhir")).json()
    (report,) = [
        entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "DiagnosticReport"
    ]
    assert report["effectiveDateTime"] == "2024-01-31T10:15:07+09:00"
    for name in ("sr.dcm", "lungs.dcm", "overlay.dcm"):
        data = (await client.get(f"/v1/assessments/{body['id']}/{name}")).content
        # PS3.3, C.12.1.1.8: it is of all times in the object, and ours are of this machine
        assert "TimezoneOffsetFromUTC" not in dcmread(BytesIO(data))

"""The gateway's audit: who sent, read and asked for what, and nothing of any patient."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest

from auditing.journal import Journal
from auditing.row import Row
from auditing.trail import Trail
from auditing.whole import verify
from doors.dicomweb_notes import note
from gateway import audit
from tests import films
from tests.unit.gateway.test_access import AUDIENCE, ISSUER, OWN, PATH, PNG, Issuer, bearer
from tests.unit.gateway.test_objects import SAMPLE

WITHIN_S = 90


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "token"
    path.write_text(OWN + "\n")
    return path


def rows(folder):
    """What is written."""
    return list(Journal.open(folder, None, "").rows())


def actions(folder):
    return [each.row.action for each in rows(folder)]


async def written(folder, action, count=1):
    """The rows of an action, when so many are there."""
    for _ in range(WITHIN_S * 50):
        found = [each.row for each in rows(folder) if each.row.action == action]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(actions(folder))


async def test_a_film_and_each_kind_of_reading_leave_one_row_with_caller_assessment_and_request(start, own, folder):
    client = await start(token_file=own, audit_folder=folder)
    sent = bearer(OWN) | {"X-Request-ID": "asked-1"}
    body = (await client.post(PATH, content=SAMPLE.read_bytes(), headers=sent)).json()
    for name in ("", "/header", "/sr.dcm", "/fhir", "/radiograph.png", "/heatmap.png"):
        for _ in range(3):
            assert (await client.get(f"{PATH}/{body['id']}{name}", headers=bearer(OWN))).status_code == 200
    await client.get(PATH, headers=bearer(OWN))
    await written(folder, "feed.read")

    (film,) = await written(folder, "film.assess")
    assert (film.who, film.about) == ("cxr-cascade", body["id"])
    assert film.detail == {"outcome": "assessed", "address": "127.0.0.1", "request": "asked-1"}
    told = Counter((each.row.action, each.row.detail.get("kind")) for each in rows(folder) if each.row.about)
    assert told == Counter(
        [("film.assess", None), ("results.read", "json"), ("results.read", "sr.dcm"), ("results.read", "fhir"),
         ("header.read", None), ("pictures.read", None)]
    )  # fmt: skip
    assert verify(Journal.open(folder, None, "")).marked


async def test_a_film_that_came_asynchronously_and_one_that_could_not_be_read_leave_their_rows(start, folder):
    client = await start(audit_folder=folder)
    await client.post(PATH, content=films.png(), headers=PNG | {"Prefer": "respond-async"})
    await client.post(PATH, content=b"no film", headers=PNG)

    (film,) = await written(folder, "film.assess")
    (refused,) = await written(folder, "film.refuse")
    assert (film.who, film.detail["outcome"]) == (None, "assessed")
    assert refused.detail["status"] in (400, 415, 422) and refused.detail["refused"]


async def test_nothing_of_a_patient_is_in_any_row(start, own, folder):
    client = await start(token_file=own, audit_folder=folder)
    patient = {"PatientName": "Mustermann^Erika", "PatientID": "MRN-4711", "PatientBirthDate": "19500317"}
    part10 = films.dicom(**patient)
    id_ = (await client.post(PATH, content=part10, headers=bearer(OWN))).json()["id"]
    for name in ("", "/header", "/sr.dcm", "/fhir", "/radiograph.png"):
        await client.get(f"{PATH}/{id_}{name}", headers=bearer(OWN))
    await client.get("/dicomweb/studies?PatientName=Mustermann&PatientID=MRN-4711", headers=bearer(OWN))
    await client.get(f"{PATH}/Mustermann", headers=bearer(OWN))
    await client.get("/Mustermann")
    await written(folder, "pictures.read")

    text = "".join(path.read_text() for path in folder.iterdir())
    for patient in ("Mustermann", "Erika", "4711", "19500317"):
        assert patient not in text


async def test_who_does_not_prove_who_they_are_leaves_one_row(start, own, folder):
    client = await start(token_file=own, audit_folder=folder)
    for _ in range(20):
        assert (await client.get(PATH, headers=bearer("wrong" * 9))).status_code == 401
    assert (await client.get(PATH, headers=bearer(OWN))).status_code == 200
    await written(folder, "feed.read")

    (row,) = await written(folder, "caller.unknown")
    assert (row.who, row.detail["address"]) == (None, "127.0.0.1")


async def test_a_caller_without_the_scope_is_named(start, tmp_path, folder):
    issuer = Issuer()
    (tmp_path / "keys.json").write_text(issuer.keys)
    settings = {"jwks": str(tmp_path / "keys.json"), "token_issuer": ISSUER, "token_audience": AUDIENCE}
    client = await start(**settings, audit_folder=folder)
    assert (await client.get(PATH, headers=bearer(issuer.token("films:write", "ris")))).status_code == 403

    (row,) = await written(folder, "caller.forbidden")
    assert (row.who, row.detail["address"]) == ("ris", "127.0.0.1")


async def test_two_gateways_write_one_audit(start, folder):
    clients = [await start(audit_folder=folder) for _ in range(2)]
    for client in clients * 5:
        await client.post(PATH, content=films.png(), headers=PNG)

    assert len(await written(folder, "film.assess", 10)) == 10
    assert actions(folder).count("gateway.start") == 2
    assert verify(Journal.open(folder, None, "")).last == 12


def test_searches_and_studies_are_told_without_what_was_searched_for(folder):
    scope = {"path": "/dicomweb/studies/1.2.3/series", "query_string": b"PatientName=Mustermann&limit=1&Erika=2"}
    trail = Trail(Journal.open(folder, None, ""))

    searched = note(scope, trail)
    fetched = note(scope | {"path": "/dicomweb/studies/1.2.3/series/4/instances/5/metadata"}, trail)

    assert (searched.action, searched.detail["by"]) == ("study.search", ["PatientName"])
    assert (fetched.action, fetched.detail["kind"]) == ("study.read", "metadata")
    assert fetched.detail["study_digest"] == searched.detail["study_digest"] == trail.digest("1.2.3")
    assert note(scope | {"path": "/v1/assessments/1.2.3"}, trail) is None


async def test_health_and_metrics_tell_how_the_audit_does(start, folder):
    assert (await (await start()).get("/readyz")).json()["audit"] is None
    client = await start(audit_folder=folder)
    assert (await client.get("/readyz")).json()["audit"] is True
    told = (await client.get("/metrics")).text
    assert all(f"cxr_audit_{name} 0.0" in told for name in ("held", "lost_total", "unsent"))


def test_the_command_line_says_whether_the_audit_is_whole(folder, monkeypatch, capsys):
    monkeypatch.setenv("CXR_AUDIT_FOLDER", str(folder))
    assert audit.main(["verify"]) == 1
    assert "there is no audit" in capsys.readouterr().err and not folder.exists()
    Journal.open(folder, None, "").append([Row(datetime.now(UTC), "ris", "film.assess", "A1")])
    assert audit.main(["verify"]) == 0
    assert capsys.readouterr().out.endswith("audit: whole: rows 1 to 1\n")
    (path,) = folder.iterdir()
    path.write_text(path.read_text().replace("ris", "pacs"))

    assert audit.main(["verify"]) == 1
    assert "row 1 was changed" in capsys.readouterr().err

"""The listener's audit: who sent, who was turned away, and where results went; nothing of any patient but the study."""

import asyncio
import ssl

import pytest

from auditing.journal import Journal
from scp import cli
from scp.trail import SERVICE
from tests.audit_repository import parsed
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.results.conftest import opinion
from tests.unit.scp.conftest import concluded, door, eventually, left, send, write_routes
from tests.unit.scp.test_security import certificate, echo  # noqa: F401 - a fixture
from tests.unit.scp.test_stow import PATH, RELATED, body


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


def sealed(folder):
    """What is written."""
    return list(Journal.open(folder, None, "").rows())


async def written(folder, action, count=1):
    """The rows of an action, when so many are there."""
    found = []

    def there():
        found[:] = [each.row for each in sealed(folder) if each.row.action == action]
        return len(found) >= count

    assert await eventually(there), [each.row.action for each in sealed(folder)]
    return found


async def test_an_association_leaves_a_row_a_study_with_how_many_films_came_and_were_refused(listen, folder):
    service = listen(audit_folder=folder, max_waiting=2)
    films = list(exposures(3))

    await send(service, *films, title="CR1")

    told = {row.detail.get("study"): row for row in await written(folder, "films.receive", 3)}
    assert set(told) == {film.StudyInstanceUID for film in films}
    assert [told[film.StudyInstanceUID].detail.get("kept", 0) for film in films] == [1, 1, 0]
    refused = told[films[2].StudyInstanceUID]
    assert (refused.who, refused.detail["refused"], refused.detail["address"]) == ("CR1", 1, "127.0.0.1")
    (message,) = [each for each in sealed(folder) if each.row.detail.get("refused")]
    xml = parsed(SERVICE.syslog(message).decode().partition("\ufeff")[2])
    assert xml.find("EventIdentification").get("EventOutcomeIndicator") == "4"
    assert xml.find("EventIdentification/EventID").get("csd-code") == "110104"
    assert xml.find("ParticipantObjectIdentification").get("ParticipantObjectID") == films[2].StudyInstanceUID


async def test_films_of_a_stow_request_are_told_too(listen, folder):
    service = listen(audit_folder=folder)
    (film,) = exposures(1)
    async with door(service) as client:
        answer = await client.post(PATH, content=body(part10(film)), headers=RELATED | {"X-Request-ID": "asked-1"})
    assert answer.status_code == 200

    (row,) = await written(folder, "films.receive")
    assert (row.who, row.detail) == ("STOW-RS", {"study": film.StudyInstanceUID, "kept": 1, "request": "asked-1"})


async def test_who_is_turned_away_is_told_with_the_reason_and_a_flood_of_them_leaves_few_rows(listen, folder):
    service = listen(audit_folder=folder, peers="CR1")
    for _ in range(30):
        assert await send(service, title="CR9") == []
    assert await send(service, title="CR1", called="SOMEONE") == []

    told = await written(folder, "association.reject", 2)
    assert [(row.who, row.detail["reason"]) for row in told] == [("CR9", "not on the list"), ("CR1", "another title")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_who_has_no_certificate_that_is_trusted_is_told(listen, certificate, folder):  # noqa: F811
    chain, key = certificate("listener")
    known, _ = certificate("modality")
    stranger = certificate("stranger")
    service = listen(tls_certificate=chain, tls_key=key, tls_clients=known, audit_folder=folder)
    context = ssl.create_default_context(cafile=chain)
    assert not await asyncio.to_thread(echo, service.dicom_port, context)
    context.load_cert_chain(*stranger)
    assert not await asyncio.to_thread(echo, service.dicom_port, context)

    told = await written(folder, "association.reject", 2)
    assert {(row.who, row.detail["address"]) for row in told} == {(None, "127.0.0.1")}
    assert {row.detail["reason"] for row in told} == {
        "TLS: PEER_DID_NOT_RETURN_A_CERTIFICATE",
        "TLS: CERTIFICATE_VERIFY_FAILED",
    }


async def test_what_leaves_for_a_peer_and_what_readers_said_is_told(listen, client, pacs, tmp_path, folder):
    routes = write_routes(tmp_path / "r.yaml", pacs.port, results=["sr", "lungs", "amendment"])
    service = listen(gateway=str(client.base_url), routes=routes, audit_folder=folder)
    (film,) = exposures(1, patient="Mustermann")
    await send(service, film)
    assert await concluded(service, "assessed")
    said = opinion(film=film, said={"comment": "Mustermann"})
    async with door(service) as asked:
        assert (await asked.post("/amendments", json=said)).status_code == 201
        assert await eventually(lambda: not left(service))

    sent = await written(folder, "results.send", 2)
    objects = [kind for row in sent for kind in row.detail["objects"]]
    assert {"sr", "lungs", "amendment-1"} == set(objects) and {row.detail["route"] for row in sent} == {"pacs"}
    assert {row.about for row in sent} == {service.ledger.films()[0][0]}
    (taken,) = await written(folder, "amendment.take")
    assert (taken.detail["amendment"], taken.detail["answer"]) == (said["key"], "kept")
    text = "".join(path.read_text() for path in folder.iterdir())
    assert "Mustermann" not in text and str(film.PatientID) not in text


async def test_what_a_peer_does_not_want_is_a_failed_export(listen, client, pacs, folder):
    service = listen(gateway=str(client.base_url), audit_folder=folder)
    pacs.status = 0xA900
    await send(service, *exposures(1))

    told = await written(folder, "results.refuse", 3)
    assert {kind for row in told for kind in row.detail["objects"]} == {"sr", "lungs", "overlay"}


async def test_searches_at_the_listeners_own_door_and_who_has_no_token_are_told(listen, folder, tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef" * 2)
    service = listen(audit_folder=folder, token_file=tmp_path / "token")
    async with door(service) as client:
        assert (await client.get("/dicomweb/studies")).status_code == 401
        headers = {"Authorization": f"Bearer {'0123456789abcdef' * 2}"}
        found = await client.get("/dicomweb/studies?PatientName=Mustermann", headers=headers)
        assert found.status_code == 204
        assert (await client.get("/readyz")).json()["audit"] is True
        told = (await client.get("/metrics")).text

    assert "cxr_scp_audit_held 0.0" in told
    assert (await written(folder, "caller.unknown"))[0].detail["address"] == "127.0.0.1"
    (search,) = await written(folder, "study.search")
    assert (search.who, search.detail["by"]) == ("cxr-cascade", ["PatientName"])


async def test_the_command_line_says_whether_the_audit_is_whole(listen, folder, monkeypatch, capsys):
    listen(audit_folder=folder)
    await written(folder, "listener.start")
    monkeypatch.setenv("CXR_SCP_AUDIT_FOLDER", str(folder))
    assert cli.main(["audit", "verify"]) == 0
    assert capsys.readouterr().out.endswith("audit: whole: rows 1 to 1\n")
    (path,) = folder.iterdir()
    path.write_text(path.read_text().replace("listener.start", "listener.stop"))

    assert cli.main(["audit", "verify"]) == 1
    assert "row 1 was changed" in capsys.readouterr().err

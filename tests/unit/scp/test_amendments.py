"""Readers' amendments, from the door to the PACS and to a FHIR server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import yaml
from pydicom import Dataset

from imaging.header import header
from scp.peers.opened import session
from scp.reconcile import missing, resend
from scp.service import Service
from tests.trials.traffic.exposures import exposures
from tests.unit.results.conftest import opinion
from tests.unit.scp.conftest import POLL_S, Pacs, concluded, door, eventually, left, send, write_routes

WANTED = ["sr", "amendment"]


class Record(BaseHTTPRequestHandler):
    """A FHIR server that keeps what it is sent."""

    server: "RecordServer"

    def do_POST(self) -> None:
        self.server.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class RecordServer(ThreadingHTTPServer):
    kept: list[dict[str, Any]]


@pytest.fixture
def record() -> Iterator[RecordServer]:
    with RecordServer(("127.0.0.1", 0), Record) as server:
        server.kept = []
        threading.Thread(target=server.serve_forever, args=(POLL_S,)).start()
        yield server
        server.shutdown()


async def assessed(service: Service, film: Dataset) -> None:
    await send(service, film)
    assert await concluded(service, "assessed")


async def delivered(service: Service) -> bool:
    return await eventually(lambda: not left(service))


def amendments(pacs: Pacs) -> list[Dataset]:
    """In the order of their arrival."""
    kept = [pacs.kept[uid] for uid in pacs.arrivals]
    return [each for each in kept if each.get("SeriesDescription") == "Reader on AI report"]


def predecessors(report: Dataset) -> list[str]:
    (study,) = report.PredecessorDocumentsSequence
    return [each.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for each in study.ReferencedSeriesSequence]


@pytest.fixture
def gateway(client: httpx.AsyncClient) -> str:
    return str(client.base_url)


async def test_amendment_goes_to_the_pacs_and_names_the_ais_report(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await assessed(service, film)
    (of_ai,) = pacs.of("SR")

    async with door(service) as client:
        said = opinion(film=film)
        first, again = [await client.post("/amendments", json=said) for _ in range(2)]
        assert await delivered(service)
        changed = await client.post("/amendments", json=opinion(film=film, supersedes=said["key"]))
        assert await delivered(service)
        status = (await client.get("/metrics")).text

    assert [(each.status_code, each.json()["answer"]) for each in (first, again, changed)] == [
        (201, "kept"),
        (200, "duplicate"),
        (201, "kept"),
    ]
    one, two = amendments(pacs)
    assert predecessors(one) == [of_ai.SOPInstanceUID]
    assert predecessors(two) == [of_ai.SOPInstanceUID, one.SOPInstanceUID]
    assert one.StudyInstanceUID == film.StudyInstanceUID
    assert 'cxr_scp_amendments_total{answer="kept"} 2.0' in status
    ((film_id, _, state),) = service.ledger.films()
    assert state == "assessed"
    assert [kind for _, kind, _ in service.ledger.history(film_id)].count("amended") == 2


async def test_fhir_server_gets_the_bundle_and_who_did_not_ask_gets_nothing(listen, gateway, pacs, record, tmp_path):
    dicom = {"host": "127.0.0.1", "port": pacs.port, "aet": "PACS"}
    fhir = {"url": f"http://127.0.0.1:{record.server_port}"}
    routes = [
        {"name": "pacs", "results": ["sr"], "dicom": dicom},
        {"name": "record", "results": ["fhir", "amendment"], "fhir": fhir},
    ]
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"routes": routes}))
    service = listen(gateway=gateway, routes=tmp_path / "r.yaml")
    (film,) = exposures(1)
    await assessed(service, film)

    async with door(service) as client:
        assert (await client.post("/amendments", json=opinion(film=film))).status_code == 201
        assert await delivered(service)

    of_ai, of_reader = (bundle["entry"][0]["resource"] for bundle in record.kept)
    assert of_reader["extension"][0]["valueReference"]["identifier"] == of_ai["identifier"][0]
    assert of_ai["identifier"][0]["value"] == f"urn:oid:{pacs.of('SR')[0].SOPInstanceUID}"
    assert amendments(pacs) == []


async def test_withdrawn_amendment_goes_out_and_what_never_came_is_not_withdrawn(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await assessed(service, film)

    async with door(service) as client:
        said = opinion(film=film)
        await client.post("/amendments", json=said)
        assert await delivered(service)
        gone = opinion(film=film, supersedes=said["key"]) | {"said": None}
        never = opinion(film=film, supersedes="00000000-0000-4000-8000-000000000000") | {"said": None}
        answers = [(await client.post("/amendments", json=each)).json()["answer"] for each in (gone, never)]
        assert await delivered(service)

    assert answers == ["kept", "nothing"]
    first, last = amendments(pacs)
    assert last.ConceptNameCodeSequence[0].CodeMeaning == "Reader's opinion withdrawn"
    assert first.SOPInstanceUID in predecessors(last)


async def test_amendments_that_the_pacs_lost_are_listed_exactly_and_sent_again(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await assessed(service, film)
    async with door(service) as client:
        for _ in range(2):
            await client.post("/amendments", json=opinion(film=film))
        assert await delivered(service)
    route = service.carriers[0].route
    lost = amendments(pacs)[1].SOPInstanceUID
    del pacs.kept[lost]
    pacs.arrivals.remove(lost)

    def again() -> tuple[list[str], int]:
        with session(route, "CXRCASCADE") as peer:
            lacking = missing(route, service.ledger, peer)
        return [each.sop_instance_uid for each in lacking], resend(route, lacking, service.ledger, service.outbox)[0]

    assert await asyncio.to_thread(again) == ([lost], 1)
    assert await delivered(service)
    assert lost in pacs.kept


async def test_amendment_waits_at_the_reading_room_until_the_assessment_is_out(listen, pacs, tmp_path):
    service = listen(routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await send(service, film)

    async with door(service) as client:
        answer = await client.post("/amendments", json=opinion(film=film))

    assert (answer.status_code, answer.json()["answer"]) == (503, "not-yet")
    assert service.ledger.made() == []


async def test_amendment_of_a_film_that_never_came_or_of_another_study_is_not_taken(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    known, unknown = exposures(2)
    await assessed(service, known)
    stranger = header(known)
    stranger.StudyInstanceUID = "1.2.3"

    async with door(service) as client:
        answers = [
            await client.post("/amendments", json=said)
            for said in (opinion(film=unknown), opinion(header=stranger.to_json_dict()))
        ]

    assert [(each.status_code, each.json()["answer"]) for each in answers] == 2 * [(404, "unknown-film")]
    assert amendments(pacs) == []


async def test_door_says_where_an_amendment_is_wrong_and_never_what_it_said(listen):
    service = listen()
    (film,) = exposures(1, patient="Secret")
    nameless = opinion(header={"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Secret^Name"}]}})

    async with door(service) as client:
        answers = [
            await client.post("/amendments", content=body)
            for body in (
                b"{",
                json.dumps(opinion(film=film, rows="Secret")),
                json.dumps(opinion(film=film, said={"comment": 4000 * "Secret"})),
                json.dumps(nameless),
                b'{"key": "\\ud800"}',
                b"[" * 100_000,
                bytes(9_000_000),
            )
        ]

    assert [each.status_code for each in answers] == [422, 422, 422, 422, 422, 422, 413]
    assert [each.json().get("wrong") for each in answers[:4]] == [
        None,
        "rows",
        "said.comment",
        "the header names no film",
    ]
    assert not any("Secret" in each.text for each in answers)


async def test_amendment_that_no_report_can_be_written_of_is_refused_and_leaves_nothing(
    listen, gateway, pacs, tmp_path, capsys
):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1, patient="Secret")
    await assessed(service, film)
    unheard = header(film)
    unheard.SOPClassUID = "1.2.3"  # of which highdicom does not know what it is

    async with door(service) as client:
        answer = await client.post("/amendments", json=opinion(header=unheard.to_json_dict()))

    assert (answer.status_code, answer.json()["wrong"]) == (422, "no report can be written of it")
    assert [each.kind for each in service.ledger.made() if each.kind.startswith("amendment")] == []
    assert "Secret" not in "".join(capsys.readouterr())


async def test_amendment_is_not_taken_where_there_is_no_room(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await assessed(service, film)
    service.spool._least_free_bytes = 10**18

    async with door(service) as client:
        answer = await client.post("/amendments", json=opinion(film=film))

    assert (answer.status_code, answer.json()["answer"]) == (507, "no-room")


async def test_many_readers_amendments_at_once_are_all_kept_apart(listen, gateway, pacs, tmp_path):
    service = listen(gateway=gateway, routes=write_routes(tmp_path / "r.yaml", pacs.port, results=WANTED))
    (film,) = exposures(1)
    await assessed(service, film)

    async with door(service) as client:
        readers = [opinion(film=film, reader={"id": f"r{number}", "name": f"R {number}"}) for number in range(6)]
        answers = await asyncio.gather(*(client.post("/amendments", json=each) for each in readers))
        assert await delivered(service)

    assert {each.status_code for each in answers} == {201}
    names = {item.PersonName for each in amendments(pacs) for item in each.ContentSequence if item.ValueType == "PNAME"}
    assert len(amendments(pacs)) == len(names) == 6

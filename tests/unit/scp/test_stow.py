"""STOW-RS at the listener's own door."""

import asyncio
import gzip
import resource
from collections.abc import AsyncIterator
from xml.etree import ElementTree

import httpx
import pytest
from dicomweb_client import DICOMwebClient
from pydicom.uid import CTImageStorage, DeflatedExplicitVRLittleEndian

from scp.http import received, studies
from tests import films
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import door, eventually

PATH = "/dicomweb/studies"
RELATED = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=next'}
REASON = "00081197"


def body(*instances: bytes, kind: str = "application/dicom") -> bytes:
    parts = [b"--next\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + film + b"\r\n" for film in instances]
    return b"".join(parts) + b"--next--\r\n"


def failed(answer: httpx.Response) -> list[int]:
    """The reasons of those that are not stored."""
    return [item[REASON]["Value"][0] for item in answer.json()["00081198"]["Value"]]


@pytest.fixture
def service(listen):
    """A listener without a gateway: films wait in it."""
    return listen()


@pytest.fixture
async def stow(service):
    async with door(service) as client:
        yield client
    assert list(service.spool.incoming.iterdir()) == []  # whatever a test did


async def test_instances_are_stored_and_wait_for_their_assessment(stow, service):
    stored = [part10(film) for film in exposures(3)]

    response = await stow.post(PATH, content=body(*stored), headers=RELATED)

    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/dicom+json"
    assert len(response.json()["00081199"]["Value"]) == 3
    assert "00081198" not in response.json()
    assert sorted(service.spool.path(each.film).read_bytes() for each in service.spool.waiting()) == sorted(stored)
    ((_, kind, detail), *_) = service.ledger.history(service.ledger.films()[0][0])
    assert (kind, detail) == ("received", {"sender": "STOW-RS"})


async def test_one_film_needs_no_parts(stow, service):
    (film,) = exposures(1)

    response = await stow.post(PATH, content=part10(film), headers={"Content-Type": "application/dicom"})

    assert response.status_code == 200, response.text
    assert service.spool.count_waiting() == 1


async def test_some_that_cannot_be_stored_are_named_with_the_reason(stow, service):
    good, ct = exposures(2)
    ct.SOPClassUID = CTImageStorage

    response = await stow.post(PATH, content=body(part10(good), part10(ct), b"no DICOM"), headers=RELATED)

    assert response.status_code == 202
    assert failed(response) == [0x0122]
    assert response.json()["0008119A"]["Value"] == [{REASON: {"vr": "US", "Value": [0xC000]}}]
    assert response.json()["00081198"]["Value"][0]["00081155"]["Value"] == [ct.SOPInstanceUID]
    assert service.spool.count_waiting() == 1


async def test_instances_of_another_study_are_a_conflict(stow, service):
    film, other = exposures(2)

    response = await stow.post(f"{PATH}/{other.StudyInstanceUID}", content=body(part10(film)), headers=RELATED)

    assert response.status_code == 409
    assert failed(response) == [0xA900]
    assert service.spool.count_waiting() == 0


RETRIEVE_URL = "00081190"
EMPTY = {"vr": "UR"}
"""An attribute without a value in the DICOM JSON Model. Source: PS3.18, F.2.5."""


@pytest.mark.parametrize("of_study", [True, False])
async def test_the_retrieve_urls_are_where_what_was_stored_can_be_retrieved(stow, of_study):
    films_ = list(exposures(2))
    films_[1].StudyInstanceUID = films_[0].StudyInstanceUID
    path = f"{PATH}/{films_[0].StudyInstanceUID}" if of_study else PATH

    response = await stow.post(path, content=body(*map(part10, films_)), headers=RELATED)

    answer = response.json()  # of type 2 in both places: PS3.18, table I.1-1
    (study,) = answer[RETRIEVE_URL]["Value"]
    (instance, other) = (item[RETRIEVE_URL]["Value"][0] for item in answer["00081199"]["Value"])
    assert response.status_code == 200
    assert study == f"{stow.base_url}{PATH}/{films_[0].StudyInstanceUID}"
    assert instance == f"{study}/series/{films_[0].SeriesInstanceUID}/instances/{films_[0].SOPInstanceUID}"
    assert [(await stow.get(url)).status_code for url in (study, instance, other)] == [200] * 3


async def test_films_of_several_studies_have_no_common_address(stow):
    response = await stow.post(PATH, content=body(*map(part10, exposures(2))), headers=RELATED)

    assert response.json()[RETRIEVE_URL] == EMPTY
    assert all("Value" in item[RETRIEVE_URL] for item in response.json()["00081199"]["Value"])


async def test_what_is_not_kept_has_no_address(listen):
    async with door(listen(keep_films=False)) as client:
        response = await client.post(PATH, content=body(part10(next(exposures(1)))), headers=RELATED)

    assert response.json()[RETRIEVE_URL] == response.json()["00081199"]["Value"][0][RETRIEVE_URL] == EMPTY


async def test_where_nothing_is_stored_no_address_is_given_and_failed_items_have_none(stow):
    response = await stow.post(f"{PATH}/1.2.3", content=body(part10(next(exposures(1)))), headers=RELATED)

    answer = response.json()
    assert (response.status_code, answer[RETRIEVE_URL]) == (409, EMPTY)
    assert set(answer["00081198"]["Value"][0]) == {"00081150", "00081155", REASON}
    assert "00081199" not in answer


NATIVE = "{http://dicom.nema.org/PS3.19/models/NativeDICOM}"


def native(element: ElementTree.Element) -> dict[str, object]:
    """Keyword to values or items of a data set in the Native DICOM Model (PS3.19, A.1.5)."""
    found: dict[str, object] = {}
    for each in element.findall(f"{NATIVE}DicomAttribute"):
        items = [native(item) for item in each.findall(f"{NATIVE}Item")]
        found[each.attrib["keyword"]] = items or [value.text for value in each.findall(f"{NATIVE}Value")]
    return found


@pytest.mark.parametrize("accept", ["application/dicom+xml", "Application/DICOM+XML; q=0.9, application/json; q=0.1"])
async def test_who_asks_for_xml_is_answered_in_the_native_dicom_model(stow, service, accept):
    good, ct = exposures(2)
    ct.SOPClassUID = CTImageStorage

    response = await stow.post(PATH, content=body(part10(good), part10(ct)), headers=RELATED | {"Accept": accept})

    root = ElementTree.fromstring(response.content)  # noqa: S314 - our own answer
    about = root[1].attrib
    study = f"{stow.base_url}{PATH}/{good.StudyInstanceUID}"
    assert (response.status_code, response.headers["content-type"]) == (202, "application/dicom+xml")
    assert root.tag == f"{NATIVE}NativeDicomModel"
    assert about == {"tag": "00081198", "vr": "SQ", "keyword": "FailedSOPSequence"}
    assert native(root) == {
        "RetrieveURL": [study],
        "FailedSOPSequence": [
            {
                "ReferencedSOPClassUID": [CTImageStorage],
                "ReferencedSOPInstanceUID": [ct.SOPInstanceUID],
                "FailureReason": [str(0x0122)],
            }
        ],
        "ReferencedSOPSequence": [
            {
                "ReferencedSOPClassUID": [good.SOPClassUID],
                "ReferencedSOPInstanceUID": [good.SOPInstanceUID],
                "RetrieveURL": [f"{study}/series/{good.SeriesInstanceUID}/instances/{good.SOPInstanceUID}"],
            }
        ],
    }
    assert service.spool.count_waiting() == 1


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html, */*;q=0.1", "application/*"])
async def test_whoever_does_not_ask_for_xml_is_answered_in_json(stow, accept):
    content = body(part10(next(exposures(1))))

    response = await stow.post(PATH, content=content, headers=RELATED | {"Accept": accept})

    assert (response.status_code, response.headers["content-type"]) == (200, "application/dicom+json")


async def test_an_answer_that_accept_does_not_allow_is_406_and_nothing_is_stored(stow, service):
    content = body(part10(next(exposures(1))))

    response = await stow.post(PATH, content=content, headers=RELATED | {"Accept": "text/html"})

    assert (response.status_code, response.json()["code"]) == (406, "not-acceptable")
    assert "application/dicom+json" in response.json()["detail"]
    assert service.spool.count_waiting() == 0


FILM = part10(next(exposures(1)))
PREAMBLE = b"This is a multi-part message in MIME format.\r\n--nex\r\n"
EPILOGUE = b"\r\nThis is the epilogue, to be ignored.\r\n--next\r\n"

BODIES = [
    pytest.param(RELATED, PREAMBLE + body(FILM), id="text before the first boundary"),
    pytest.param(RELATED, b"\r\n" + body(FILM), id="an empty line before it"),
    pytest.param(RELATED, body(FILM) + EPILOGUE, id="text after the last"),
    pytest.param(RELATED | {"Content-Encoding": "gzip"}, gzip.compress(body(FILM)), id="gzip"),
    pytest.param(
        {"Content-Type": 'Multipart/Related; TYPE="Application/DICOM"; Boundary=next'}, body(FILM), id="upper case"
    ),
    pytest.param(
        {"Content-Type": 'multipart/related; type="application/dicom; transfer-syntax=*"; boundary=next'},
        body(FILM), id="a type with a parameter",
    ),
    pytest.param({"Content-Type": "multipart/related; boundary=next"}, body(FILM), id="no type"),
    pytest.param(RELATED, body(FILM, kind="Application/DICOM; transfer-syntax=1.2.840.10008.1.2.1"), id="a part's"),
    pytest.param(RELATED, body(FILM, kind="application/octet-stream"), id="a part of no type in particular"),
    pytest.param({"Content-Type": "application/dicom; transfer-syntax=1.2.840.10008.1.2.1"}, FILM, id="one film"),
    pytest.param({"Content-Type": "application/x-dicom"}, FILM, id="one film by another name"),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "content"), BODIES)
@pytest.mark.parametrize("size", [100, 1_000_000])
async def test_a_store_may_be_written_in_every_way_that_its_standards_allow(stow, service, headers, content, size):
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, 1000, size):
            yield content[at : min(at + size, 1000)]
        yield content[1000:]

    response = await stow.post(PATH, content=pieces(), headers=headers)

    assert response.status_code == 200, response.text
    assert service.spool.path(service.spool.waiting()[0].film).read_bytes() == FILM


@pytest.mark.parametrize("content", [body(FILM).replace(b"\r\n", b"\n"), b"no parts at all"])
async def test_lines_that_end_with_lf_only_are_malformed_and_told_so(stow, service, content):
    response = await stow.post(PATH, content=content, headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert "CR LF" in response.json()["detail"]
    assert service.spool.count_waiting() == 0


async def test_a_packed_body_is_no_way_round_the_limit(listen):
    service = listen(max_store_bytes=1_000_000)

    async with door(service) as client:
        bomb = gzip.compress(body(bytes(200_000_000)))
        response = await client.post(PATH, content=bomb, headers=RELATED | {"Content-Encoding": "gzip"})

    assert (response.status_code, response.json()["code"]) == (413, "too-large")
    assert list(service.spool.incoming.iterdir()) == []


async def test_a_coding_that_is_not_taken_is_told_with_those_that_are(stow):
    response = await stow.post(PATH, content=body(FILM), headers=RELATED | {"Content-Encoding": "br"})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported-type")
    assert response.headers["accept-encoding"] == "gzip, deflate, identity"


async def test_a_known_client_of_the_field_can_store(stow, service):
    client = DICOMwebClient(f"{stow.base_url}/dicomweb")

    answer = await asyncio.to_thread(client.store_instances, list(exposures(2)))

    assert len(answer.ReferencedSOPSequence) == 2
    assert service.spool.count_waiting() == 2
    client._session.close()


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        pytest.param({"Content-Type": "application/json"}, b"{}", 415, "unsupported-type", id="json"),
        pytest.param(
            {"Content-Type": 'multipart/related; type="application/dicom+json"; boundary=next'},
            body(b"{}"), 415, "unsupported-type", id="metadata and bulk data",
        ),
        pytest.param(RELATED, body(b"x", kind="image/png"), 415, "unsupported-type", id="a part of another type"),
        pytest.param(RELATED, body(b"x")[:-20], 400, "malformed", id="cut off"),
        pytest.param(RELATED, b"--next--\r\n", 400, "malformed", id="no parts"),
        pytest.param({"Content-Type": "multipart/related"}, b"x", 400, "malformed", id="no boundary"),
        pytest.param(
            {"Content-Type": f"multipart/related; boundary={300 * 'x'}"}, b"x", 400, "malformed", id="a long boundary"
        ),
        pytest.param(RELATED | {"Accept": "image/png"}, body(b"x"), 406, "not-acceptable", id="a picture as answer"),
    ],
)  # fmt: skip
async def test_a_request_that_is_no_store_is_a_problem(stow, headers, content, status, code):
    response = await stow.post(PATH, content=content, headers=headers | {"X-Request-ID": "mine-1"})

    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert (problem["type"], problem["request_id"]) == (f"urn:cxr:{code}", "mine-1")
    assert f'cxr_scp_problems_total{{code="{code}"}} 1.0' in (await stow.get("/metrics")).text


async def test_a_study_that_is_no_uid_is_malformed(stow):
    response = await stow.post(f"{PATH}/x", content=body(b"x"), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


async def test_a_request_that_is_not_well_formed_to_its_end_stores_nothing(stow, service):
    good, other = (part10(film) for film in exposures(2))

    response = await stow.post(PATH, content=body(good, other)[:-20], headers=RELATED)

    assert response.status_code == 400
    assert service.spool.count_waiting() == 0


async def test_without_room_a_store_is_told_as_come_back_later_and_one_that_is_there_already_is_not(listen):
    service = listen(max_waiting=1)
    one, two = (body(part10(film)) for film in exposures(2))

    async with door(service) as client:
        answers = [await client.post(PATH, content=data, headers=RELATED) for data in (one, one, two)]
        ready, status = await client.get("/readyz"), (await client.get("/status")).json()
        metrics = (await client.get("/metrics")).text

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].json()["code"], answers[2].headers["retry-after"]) == ("overloaded", "10")
    assert ready.status_code == 503
    assert (status["waiting"], status["routes"]["pacs"]["queued"]) == (1, 0)
    assert 'cxr_scp_received_total{answer="full"} 1.0' in metrics
    assert "cxr_scp_waiting 1.0" in metrics


@pytest.mark.parametrize("wrong", ["too little", "fails"])
async def test_a_disk_that_a_request_does_not_fit_on_is_told_as_come_back_later(stow, service, monkeypatch, wrong):
    (film,) = exposures(1)
    if wrong == "too little":
        monkeypatch.setattr(service.spool, "can_receive", lambda: False)
    else:
        monkeypatch.setattr(service.spool, "incoming", service.spool.incoming / "gone")

    response = await stow.post(PATH, content=body(part10(film)), headers=RELATED)
    monkeypatch.undo()

    assert (response.status_code, response.json()["code"]) == (429, "overloaded")
    assert "retry-after" in response.headers
    assert 'cxr_scp_received_total{answer="full"} 1.0' in (await stow.get("/metrics")).text


async def test_a_film_that_is_too_large_is_not_stored_and_those_beside_it_are(listen):
    small, large = exposures(2)
    large.PixelData = large.PixelData + bytes(1_000_000)
    service = listen(max_film_bytes=len(part10(small)) + 1000)

    async with door(service) as client:
        response = await client.post(PATH, content=body(part10(small), part10(large)), headers=RELATED)

    assert (response.status_code, failed(response)) == (202, [0xC000])
    assert response.json()["00081198"]["Value"][0]["00081155"]["Value"] == [large.SOPInstanceUID]
    assert service.spool.count_waiting() == 1


@pytest.mark.parametrize("told", [True, False], ids=["told before", "not told"])
async def test_a_request_that_is_too_large_is_413(listen, told):
    service = listen(max_store_bytes=1_000_000)

    async def content() -> AsyncIterator[bytes]:
        yield body(bytes(1_100_000))

    async with door(service) as client:
        data = body(bytes(1_100_000)) if told else content()
        response = await client.post(PATH, content=data, headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (413, "too-large")
    assert list(service.spool.incoming.iterdir()) == []


async def test_a_request_of_very_many_instances_is_413(stow, monkeypatch):
    monkeypatch.setattr(received, "MAX_INSTANCES", 2)

    response = await stow.post(PATH, content=body(b"x", b"x", b"x"), headers=RELATED)

    assert (response.status_code, response.json()["code"]) == (413, "too-large")


async def test_a_slow_request_is_given_up_and_one_more_than_may_be_there_is_told_to_come_back(listen):
    service = listen(upload_timeout_s=1, max_associations=1)
    first = body(*(part10(film) for film in exposures(1)))

    async def content() -> AsyncIterator[bytes]:
        yield first[:100_000]
        await asyncio.sleep(2)
        yield first[100_000:]

    async with door(service) as client:
        slow = asyncio.create_task(client.post(PATH, content=content(), headers=RELATED))
        assert await eventually(lambda: list(service.spool.incoming.iterdir()))
        more = await client.post(PATH, content=first, headers=RELATED)
        given_up = await slow

    assert (more.status_code, more.json()["code"]) == (429, "overloaded")
    assert (given_up.status_code, given_up.json()["code"]) == (400, "malformed")
    assert service.spool.count_waiting() == 0


async def test_a_deflated_bomb_is_kept_without_being_inflated(stow, service):
    bomb = films.dicom(
        TransferSyntaxUID=DeflatedExplicitVRLittleEndian,
        StudyInstanceUID="1.2.3",
        EncapsulatedDocument=bytes(300_000_000),
    )

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    response = await stow.post(PATH, content=body(bomb), headers=RELATED)

    assert response.status_code == 200
    assert service.ledger.films()[0][1] == response.json()["00081199"]["Value"][0]["00081155"]["Value"][0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


async def test_a_load_balancer_may_ask_with_head_and_a_path_tells_its_methods(stow):
    head, refused, options = await stow.head("/livez"), await stow.put(PATH), await stow.options(PATH)

    assert (head.status_code, head.content) == (200, b"")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


async def test_twenty_thousand_empty_parts_are_refused_before_they_are_all_written(stow, service):
    answer = await stow.post(PATH, content=body(*([b""] * 20_000)), headers=RELATED)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_the_answer_to_as_many_empty_parts_as_are_taken_is_small(stow):
    answer = await stow.post(PATH, content=body(*([b""] * received.MAX_INSTANCES)), headers=RELATED)

    assert answer.status_code == 409
    assert len(answer.json()["0008119A"]["Value"]) == received.MAX_INSTANCES
    assert len(answer.content) < 200 * received.MAX_INSTANCES


@pytest.mark.parametrize(
    "header",
    [b"".join(b"X-%d: y\r\n" % number for number in range(17)), b"X: " + b"y" * 5000 + b"\r\n"],
    ids=["too many fields", "too long a line"],
)
async def test_a_part_with_too_large_a_header_is_malformed(stow, header):
    (film,) = exposures(1)
    part = b"--next\r\n" + header + b"\r\n" + part10(film) + b"\r\n--next--\r\n"

    assert (await stow.post(PATH, content=part, headers=RELATED)).status_code == 400


async def test_headers_of_a_megabyte_in_all_are_too_large(stow):
    part = b"--next\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 4000) for number in range(15)) + b"\r\n\r\n"

    answer = await stow.post(PATH, content=part * 20 + b"--next--\r\n", headers=RELATED)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


async def test_instances_for_which_there_is_no_time_are_to_be_sent_again(stow, service, monkeypatch):
    monkeypatch.setattr(studies, "STORING_S", 0.0)
    (film,) = exposures(1)

    answer = await stow.post(PATH, content=body(part10(film)), headers=RELATED)

    assert (answer.status_code, answer.json()["code"]) == (429, "overloaded")
    assert service.spool.count_waiting() == 0


async def test_a_request_that_takes_too_long_to_take_apart_is_too_large(listen, monkeypatch):
    monkeypatch.setattr(studies, "STORING_S", -1.0)
    (film,) = exposures(1)
    async with door(listen(upload_timeout_s=1.0)) as client:
        answer = await client.post(PATH, content=body(part10(film)), headers=RELATED)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")

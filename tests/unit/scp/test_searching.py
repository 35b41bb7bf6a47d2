"""QIDO-RS at the listener's door (PS3.18, 10.6)."""

import os
import re

import pytest

from scp.films import Film
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import door, send

UIDS = {"study": "0020000D", "series": "0020000E", "instance": "00080018"}
REQUIRED = {
    "studies": "00080020 00080030 00080050 00080056 00080061 00080090 00081190 00100010 00100020 00100030 00100040 "
    "0020000D 00200010 00201206 00201208",
    "series": "00080060 00081190 0020000E 00200011 00201209",
    "instances": "00080016 00080018 00080056 00081190 00200013 00280010 00280011 00280100",
}
"""Source: PS3.18, tables 10.6.3-3 to 10.6.3-5, without those that may be unknown."""


@pytest.fixture
async def held(listen):
    """Two films that wait; of the second there is a report."""
    service = listen()
    films = list(exposures(2))
    films[0].StudyDate, films[0].StudyDescription = "20251231", "Thorax"
    await send(service, *films)
    ids = {uid: film for film, uid, _ in service.ledger.films()}
    service.outbox.keep(ids[films[1].SOPInstanceUID], {"sr": part10(report(films[1])), "fhir": b"{}"})
    return service, films


def report(film):
    (made,) = exposures(1, seed=5)
    made.update({tag: film[tag] for tag in (0x0020000D, 0x00100010, 0x00100020)})
    made.Modality, made.Manufacturer = "SR", "CXR Cascade"
    for keyword in ("Rows", "Columns", "PixelData", "BitsAllocated"):
        delattr(made, keyword)
    return made


async def asked(service, path, **parameters):
    async with door(service) as client:
        answer = await client.get(f"/dicomweb{path}", params=parameters)
    assert answer.status_code in (200, 204), answer.text
    return answer.json() if answer.status_code == 200 else []


def of(found, tag):
    return [each[tag].get("Value", [None])[0] for each in found]


async def test_a_study_tells_what_is_in_it(held):
    service, films = held

    study_uid = films[1].StudyInstanceUID

    (study,) = await asked(service, "/studies", StudyInstanceUID=study_uid)

    assert set(REQUIRED["studies"].split()) <= set(study)
    assert study["00080061"] == {"vr": "CS", "Value": ["CR", "SR"]}
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([2], [2])
    assert study["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "Traffic^1"}]}
    assert study["00100030"] == {"vr": "DA"}  # unknown: PS3.18, F.2.5
    assert re.fullmatch(
        rf"http://127.0.0.1:\d+/dicomweb/studies/{films[1].StudyInstanceUID}", of([study], "00081190")[0]
    )


async def test_every_level_is_found_from_everywhere(held):
    service, films = held
    study, series = films[1].StudyInstanceUID, films[1].SeriesInstanceUID

    assert len(await asked(service, "/studies")) == 2
    assert len(await asked(service, "/series")) == 3
    assert len(await asked(service, "/instances")) == 3
    assert len(await asked(service, f"/studies/{study}/series")) == 2
    assert len(await asked(service, f"/studies/{study}/instances")) == 2
    (instance,) = await asked(service, f"/studies/{study}/series/{series}/instances")
    assert of([instance], UIDS["instance"]) == [films[1].SOPInstanceUID]
    assert set(REQUIRED["instances"].split()) <= set(instance)
    assert UIDS["study"] not in instance and UIDS["series"] not in instance


async def test_what_the_address_does_not_name_is_returned_too(held):
    service, films = held

    (series, _, _) = await asked(service, "/series")
    (instance, *_) = await asked(service, f"/studies/{films[0].StudyInstanceUID}/instances")

    assert set(f"{REQUIRED['studies']} {REQUIRED['series']}".split()) <= set(series)
    assert set(f"{REQUIRED['series']} {REQUIRED['instances']}".split()) <= set(instance)
    assert "00100010" not in instance


async def test_attributes_of_all_levels_above_are_matched(held):
    service, films = held

    assert of(await asked(service, "/instances", StudyDate="-20251231"), UIDS["instance"]) == [films[0].SOPInstanceUID]
    assert of(await asked(service, "/series", Modality="SR"), "00080060") == ["SR"]
    assert of(await asked(service, "/studies", ModalitiesInStudy="SR"), UIDS["study"]) == [films[1].StudyInstanceUID]
    assert await asked(service, "/studies", PatientName="nobody") == []


async def test_pages_follow_each_other_without_a_gap_and_tell_what_is_left(held):
    service, films = held

    async with door(service) as client:
        first = await client.get("/dicomweb/studies", params={"limit": 1})
        second = await client.get("/dicomweb/studies", params={"limit": 1, "offset": 1})
        third = await client.get("/dicomweb/studies", params={"offset": 2})
        none = await client.get("/dicomweb/studies", params={"limit": 0})

    found = of(first.json(), UIDS["study"]) + of(second.json(), UIDS["study"])
    assert set(found) == {film.StudyInstanceUID for film in films}
    assert re.fullmatch(
        r'299 http://127.0.0.1:\d+/dicomweb: "There are 1 additional results that can be requested"',
        first.headers["warning"],
    )
    assert "warning" not in second.headers
    assert (third.status_code, third.content) == (204, b"")
    assert (none.status_code, none.content) == (204, b"")


async def test_fuzzy_matching_is_told_to_be_none(held):
    async with door(held[0]) as client:
        answer = await client.get("/dicomweb/studies", params={"fuzzymatching": "true", "PatientName": "Trafic*"})

    assert answer.status_code == 204
    assert (
        "The fuzzymatching parameter is not supported. Only literal matching has been performed."
        in (answer.headers["warning"])
    )


async def test_further_attributes_are_included_on_demand(held):
    service, films = held
    path = f"/studies/{films[0].StudyInstanceUID}/instances"

    (plain,) = await asked(service, path)
    (some,) = await asked(service, path, includefield="ViewPosition,00280101")
    (everything,) = await asked(service, path, includefield="all")

    assert "00185101" not in plain
    assert (some["00185101"]["Value"], some["00280101"]["Value"]) == (["PA"], [12])
    assert everything["00281050"]["Value"] == [2048]
    assert "7FE00010" not in everything


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/dicom+json", 200), ("application/json", 200), ("*/*", 200), ("multipart/related", 406)],
)
async def test_the_answer_is_json_or_none(held, accept, status):
    async with door(held[0]) as client:
        answer = await client.get("/dicomweb/studies", headers={"Accept": accept})

    assert answer.status_code == status
    assert answer.headers["content-type"] == ("application/dicom+json" if status == 200 else "application/problem+json")


async def test_what_is_no_parameter_and_no_uid_is_told_and_not_repeated(held):
    async with door(held[0]) as client:
        name = await client.get("/dicomweb/studies", params={"Doe": "Secret"})
        uid = await client.get("/dicomweb/studies/x/series")

    for answer in (name, uid):
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
        assert "Doe" not in answer.text


async def test_the_address_is_the_one_that_the_gateway_says_it_has(held):
    async with door(held[0]) as client:
        answer = await client.get("/dicomweb/studies", headers={"X-Public-URL": "https://pacs.example/ai/"})

    assert all(url.startswith("https://pacs.example/ai/dicomweb/studies/") for url in of(answer.json(), "00081190"))


async def test_what_is_gone_is_found_no_longer_and_a_damaged_index_is_made_anew(held, listen):
    service, _ = held
    assert len(await asked(service, "/studies")) == 2
    service.spool.done(Film.of(service.spool.path(service.spool.waiting()[0].film).read_bytes()).id)

    assert len(await asked(service, "/studies")) == 1
    index = service.settings.folder / "index" / "held.sqlite"
    assert index.stat().st_mode & 0o777 == 0o600
    index.write_bytes(os.urandom(10_000))
    for end in ("-wal", "-shm"):
        index.with_name(index.name + end).unlink(missing_ok=True)
    again = listen(keep_films=True)
    assert len(await asked(again, "/studies")) == 1


async def test_a_film_that_nobody_keeps_is_not_found_while_it_waits(listen):
    service = listen(keep_films=False)
    await send(service, *exposures(1))

    assert await asked(service, "/studies") == []

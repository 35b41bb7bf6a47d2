"""What the listener writes of a film is what the gateway's own addresses give for the same assessment."""

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydicom import Dataset, dcmread, uid
from structlog.testing import capture_logs

from cxr import wire
from scp.ledger import Made
from scp.service import Service
from tests import films
from tests.fakes import serving, two_lungs
from tests.hand import Hand
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import Pacs, concluded, eventually, send

PATH = "/v1/assessments"
ADDRESSES = {"sr": "sr.dcm", "lungs": "lungs.dcm", "overlay": "overlay.dcm", "fhir": "fhir"}
DICOM = {"Content-Type": "application/dicom"}
SAMPLE = Path(__file__).parents[2] / "data" / "film.dcm"


@pytest.fixture
def everything(tmp_path: Path, pacs: Pacs) -> Path:
    """A file of routes that want every result; nobody listens at the FHIR server's address."""
    dicom = {"host": "127.0.0.1", "port": pacs.port, "aet": "PACS"}
    routes = [
        {"name": "pacs", "results": ["sr", "lungs", "overlay"], "dicom": dicom},
        {"name": "record", "results": ["fhir"], "fhir": {"url": "http://127.0.0.1:9"}},
    ]
    (tmp_path / "everything.yaml").write_text(yaml.safe_dump({"routes": routes}))
    return tmp_path / "everything.yaml"


async def outcome(service: Service, state: str) -> tuple[str, dict[str, Any]]:
    """A film's id, once it has come to be in a state, and what the ledger says of that."""
    assert await eventually(lambda: service.ledger.counts()[state] == 1)
    ((film, _, _),) = service.ledger.films(state)
    return film, [detail for _, kind, detail in service.ledger.history(film) if kind == state][-1]


def written(service: Service, film: str) -> dict[str, bytes]:
    """What the listener wrote of a film, by kind."""
    place = service.settings.folder / "objects" / film
    return {kind: (place / kind).read_bytes() for kind in service.outbox.kinds(film)}


async def given(client: httpx.AsyncClient, assessment: str, **parameters: str) -> dict[str, bytes]:
    """What the gateway's addresses give, by kind."""
    found = {}
    for kind, address in ADDRESSES.items():
        response = await client.get(f"{PATH}/{assessment}/{address}", params=parameters if kind == "sr" else {})
        if response.status_code == 200:
            found[kind] = response.content
    return found


def assert_same(ours: dict[str, bytes], theirs: dict[str, bytes]) -> None:
    """Attribute by attribute, for who reads what differs; and byte by byte."""
    assert ours.keys() == theirs.keys()
    for kind in ours.keys() - {"fhir"}:
        assert attributes(ours[kind]) == attributes(theirs[kind]), kind
    if "fhir" in ours:
        assert json.loads(ours["fhir"]) == json.loads(theirs["fhir"])
    assert ours == theirs


def attributes(data: bytes) -> dict[str, Any]:
    """Every attribute of an object and of its file meta information, in the DICOM JSON Model."""
    dataset = dcmread(BytesIO(data))
    return {"meta": dataset.file_meta.to_json_dict(), "data": dataset.to_json_dict()}


def in_syntax(syntax: uid.UID) -> Dataset:
    """The first exposure, in another transfer syntax that is not compressed pixel by pixel."""
    return dcmread(BytesIO(films.rewritten(part10(next(exposures(1))), syntax)))


SAMPLES = {
    "an exposure": lambda: next(exposures(1)),
    "a film of a device": lambda: dcmread(SAMPLE),
    "a film that is oriented otherwise": lambda: turned(next(exposures(1))),
    "a name in another alphabet": lambda: named(next(exposures(1))),
    "a film of which little is told": lambda: bare(next(exposures(1))),
    "implicit VR": lambda: in_syntax(uid.ImplicitVRLittleEndian),
    "deflated": lambda: in_syntax(uid.DeflatedExplicitVRLittleEndian),
}


def turned(film: Dataset) -> Dataset:
    film.PatientOrientation, film.PixelSpacing, film.PatientAge = ["R", "F"], [0.14, 0.14], "071Y"
    return film


def named(film: Dataset) -> Dataset:
    film.SpecificCharacterSet, film.PatientName = "ISO_IR 138", "שרון^דבורה"
    film.StudyDescription = "חזה"
    return film


def bare(film: Dataset) -> Dataset:
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyTime", "PatientOrientation"):
        delattr(film, keyword)
    film.PatientSex, film.StudyID = "unknown", "longer than the sixteen that may be"
    return film


@pytest.mark.parametrize("made", SAMPLES.values(), ids=SAMPLES.keys())
async def test_every_result_is_the_one_that_the_gateway_gives(listen, client, everything, made):
    service = listen(gateway=str(client.base_url), routes=everything)

    await send(service, made())

    film, said = await outcome(service, "assessed")
    ours = written(service, film)
    assert ours.keys() == set(ADDRESSES)
    assert_same(ours, await given(client, said["id"]))


async def test_a_film_of_the_hand_goes_to_the_problem_of_the_hand(listen, start, everything, pacs, torchserve):
    async with serving(Hand()) as address:
        client = await start(problems=f"bone-age={address}")
        service = listen(gateway=str(client.base_url), routes=everything)
        hand = next(exposures(1))
        hand.BodyPartExamined = "HAND"

        await send(service, hand)

        film, said = await outcome(service, "assessed")
        ours = written(service, film)
        assert said["models"] == {"bone-age": "1.0.0"} and torchserve.asked == []
        assert ours.keys() == {"sr", "fhir"}
        assert_same(ours, await given(client, said["id"]))
        assert await eventually(lambda: pacs.of("SR"))
        assert "85151-9" in pacs.of("SR")[0].to_json()


async def test_the_notice_of_a_film_of_the_hand_speaks_of_no_chest(listen, everything):
    service = listen(routes=everything, give_up_s=0.3)
    hand = next(exposures(1))
    hand.BodyPartExamined = "HAND"

    await send(service, hand)

    film, _ = await outcome(service, "failed")
    notice = dcmread(BytesIO(written(service, film)["notice"])).to_json()
    assert "713027003" in notice and "399208008" not in notice


async def test_a_refused_film_has_the_same_report_overlay_and_bundle_and_no_lungs(
    listen, client, everything, torchserve
):
    torchserve.refuse("rotated")
    service = listen(gateway=str(client.base_url), routes=everything)

    await send(service, next(exposures(1)))

    film, said = await outcome(service, "refused")
    ours = written(service, film)
    assert ours.keys() == {"sr", "overlay", "fhir"}
    assert_same(ours, await given(client, said["id"]))


async def test_a_film_without_lungs_has_no_segmentation_either(listen, client, everything, torchserve):
    torchserve.answers["segmenter"] = wire.Lungs(0 * two_lungs(64), 0.0, "lungs_not_found")
    service = listen(gateway=str(client.base_url), routes=everything)

    await send(service, next(exposures(1)))

    film, said = await outcome(service, "refused")
    ours = written(service, film)
    assert ours.keys() == {"sr", "overlay", "fhir"}
    assert_same(ours, await given(client, said["id"]))


async def test_a_film_that_the_gateway_has_assessed_before_gets_the_objects_that_it_had(listen, client, everything):
    (sent,) = exposures(1)
    before = (await client.post(PATH, content=part10(sent), headers=DICOM)).json()
    service = listen(gateway=str(client.base_url), routes=everything)

    await send(service, sent)

    film, said = await outcome(service, "assessed")
    ours, first = written(service, film), await given(client, before["id"])
    assert (await client.get(f"{PATH}/{said['id']}")).json()["cached"] is True
    assert_same(ours, await given(client, said["id"]))
    assert {kind: uids(ours[kind]) for kind in ours.keys() - {"fhir"}} == {
        kind: uids(first[kind]) for kind in first.keys() - {"fhir"}
    }
    assert ids(ours["fhir"]) == ids(first["fhir"])


async def test_another_patients_film_with_the_same_pixels_gets_results_of_its_own(listen, client, everything):
    one, other = next(exposures(1)), next(exposures(1))
    other.SOPInstanceUID, other.StudyInstanceUID, other.PatientID = "1.2.3.4", "1.2.3", "OTHER"
    other.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    await client.post(PATH, content=part10(one), headers=DICOM)
    service = listen(gateway=str(client.base_url), routes=everything)

    await send(service, other)

    film, said = await outcome(service, "assessed")
    ours = written(service, film)
    assert (await client.get(f"{PATH}/{said['id']}")).json()["cached"] is True
    assert dcmread(BytesIO(ours["sr"])).PatientID == "OTHER"
    assert_same(ours, await given(client, said["id"]))


async def test_a_report_under_new_models_names_the_old_one_as_the_gateways_would(
    listen, client, everything, torchserve
):
    service = listen(gateway=str(client.base_url), routes=everything)
    await send(service, next(exposures(1)))
    await outcome(service, "assessed")
    (old,) = [made for made in service.ledger.made() if made.kind == "sr"]
    torchserve.digests["classifier"] = "second"
    await new_models(client)

    await send(service, next(exposures(1)))

    assert await eventually(lambda: len(reports(service)) == 2)
    film, said = await outcome(service, "assessed")
    before = {"supersedes": old.sop_instance_uid, "supersedes_series": old.series_instance_uid}
    assert_same(written(service, film), await given(client, said["id"], **before))


async def new_models(client: httpx.AsyncClient) -> None:
    """Return when the gateway knows them."""
    while (await client.get("/readyz")).json()["stages"]["classifier"]["digest"] != "second":
        await asyncio.sleep(0.05)


def reports(service: Service) -> list[Made]:
    return [made for made in service.ledger.made() if made.kind == "sr"]


def uids(data: bytes) -> tuple[str, str, str]:
    dataset = dcmread(BytesIO(data))
    return dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID


def ids(bundle: bytes) -> list[str]:
    """Of a Bundle's resources."""
    return [entry["resource"]["id"] for entry in json.loads(bundle)["entry"]]


async def test_one_request_is_all_that_the_gateway_is_asked(listen, client, pacs):
    service = listen(gateway=str(client.base_url))

    with capture_logs() as lines:
        await send(service, next(exposures(1)))
        assert await concluded(service, "assessed")

    assert [each["method"] for each in lines if each["event"] == "request"] == ["POST"]
    assert len(pacs.arrivals) == 3

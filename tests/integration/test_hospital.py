"""The whole way: a modality (dcmtk), the listener, the gateway, three TorchServes, and results in a PACS (Orthanc)."""

import time
from datetime import date
from io import BytesIO

import highdicom as hd
import httpx
import pytest
from dicomweb_client import DICOMwebClient
from pydicom import Dataset, dcmread
from standardwebhooks.webhooks import Webhook

from client.token import named_file, of_environment, proof
from scp.ledger import Ledger, Made
from scp.outbox import Outbox
from scp.peers.opened import session
from scp.reconcile import missing
from scp.routes import Route
from tests import receivers
from tests.integration.hospital import in_pacs, needs_peers, scp, sent
from tests.orthanc import orthanc
from tests.trials.traffic.exposures import exposures, part10
from tests.trials.traffic.traffic import Hospital

pytestmark = needs_peers


def test_a_film_goes_in_as_today_and_its_results_are_where_doctors_look(place, tmp_path):
    (film,) = sent(place, tmp_path, *exposures(1, seed=1))

    results = in_pacs(place, film)
    report = hd.sr.srread(BytesIO(results["sr"]))
    lungs = hd.seg.segread(BytesIO(results["lungs"]))
    overlay = dcmread(BytesIO(results["overlay"]))

    assert {each.PatientName for each in (report, lungs, overlay)} == {film.PatientName}
    groups = {group.tracking_identifier: group for group in report.content.get_image_measurement_groups()}
    assert sum(each.value for each in groups["Classes"].get_measurements()) == pytest.approx(100, abs=0.1)
    assert lungs.pixel_array.shape[-2:] == (film.Rows, film.Columns)
    assert overlay.pixel_array.std() > 10


def test_what_the_pacs_gives_back_is_what_the_standard_wants(place, tmp_path):
    from tests.unit.results.conftest import errors

    (film,) = sent(place, tmp_path, *exposures(1, seed=1))

    for kind, data in in_pacs(place, film).items():
        assert errors(data, tmp_path) == [], kind


def test_the_pacs_renders_the_overlay(place, tmp_path):
    sent(place, tmp_path, *exposures(1, seed=1))

    picture = place.pacs.api.get(f"/instances/{place.pacs.instances('OT')[0]['ID']}/rendered")

    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")


def test_films_stored_over_dicomweb_come_back_too(place):
    films = list(exposures(2, seed=2))
    client = DICOMwebClient(f"{place.stack.url}/dicomweb", headers=proof(named_file()))

    answer = client.store_instances(films)
    client._session.close()
    place.wait(films)

    assert len(answer.ReferencedSOPSequence) == 2
    assert place.states(films) == {"assessed": 2}
    assert all(count == 1 for count in place.results(films).values() if count)


def test_a_refused_film_and_a_broken_one_are_reported_as_no_result(place, tmp_path):
    refused, broken = exposures(2, seed=3)
    upside_down = refused.pixel_array[::-1].copy()
    refused.PixelData = upside_down.tobytes()
    broken.PixelData = broken.PixelData[:1000]

    sent(place, tmp_path, refused, broken)

    assert place.states([refused]) == {"refused": 1}
    assert place.states([broken]) == {"failed": 1}
    for film in (refused, broken):
        report = dcmread(BytesIO(in_pacs(place, film)["sr"]))
        assert report.ConceptNameCodeSequence[0].CodeMeaning == "AI result not available"


def test_our_results_sent_back_to_us_start_nothing(place, tmp_path):
    (film,) = sent(place, tmp_path, *exposures(1, seed=4))
    overlay = dcmread(BytesIO(in_pacs(place, film)["overlay"])).SOPInstanceUID
    (instance,) = place.pacs.api.post(
        "/tools/find", json={"Level": "Instance", "Query": {"SOPInstanceUID": overlay}}
    ).json()
    before = len(place.pacs.instances("SR"))

    answer = place.pacs.api.post("/modalities/CXRCASCADE/store", json=[instance])
    place.wait([film])
    time.sleep(1)

    assert answer.json()["FailedInstancesCount"] == 0
    assert len(place.pacs.instances("SR")) == before


def test_what_the_pacs_lost_is_listed_exactly_and_sent_again(place, tmp_path):
    (film, _) = sent(place, tmp_path, *exposures(2, seed=5))
    assert scp(place, "reconcile").returncode == 0
    report = dcmread(BytesIO(in_pacs(place, film)["sr"])).SOPInstanceUID
    (lost,) = place.pacs.api.post("/tools/find", json={"Level": "Instance", "Query": {"SOPInstanceUID": report}}).json()
    place.pacs.delete({"ID": lost})

    told = scp(place, "reconcile")
    again = scp(place, "resend")
    place.wait([film])
    end = time.monotonic() + 30
    while "sr" not in in_pacs(place, film) and time.monotonic() < end:
        time.sleep(0.2)

    assert told.returncode == 2
    assert told.stdout.split() == ["pacs", "sr", report, "study", film.StudyInstanceUID]
    assert again.stdout == "pacs: 1 queued again\n"
    assert scp(place, "reconcile").returncode == 0


def test_films_that_the_pacs_has_and_we_never_saw_are_listed(place, tmp_path):
    known, unseen = exposures(2, seed=8)
    sent(place, tmp_path, known)
    place.pacs.api.post("/instances", content=part10(known)).raise_for_status()
    place.pacs.api.post("/instances", content=part10(unseen)).raise_for_status()

    told = scp(place, "reconcile", "--films", "--days", "4000")

    assert told.returncode == 2
    assert told.stdout.split() == ["pacs", "film", unseen.SOPInstanceUID, "study", unseen.StudyInstanceUID]


def test_a_peer_that_speaks_dicomweb_is_delivered_to_and_asked(tmp_path):
    (film,) = exposures(1, seed=6)
    book, outbox = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}"), Outbox(tmp_path, ["web"])
    with orthanc(tmp_path) as pacs:
        route = Route.model_validate({"name": "web", "results": ["overlay"], "dicomweb": {"url": pacs.dicomweb}})
        from scp.films import Film

        known = Film.of(part10(film))
        uids = film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID
        book.receive(known, "MODALITY")
        book.conclude(known.id, "assessed", [Made(known.id, "overlay", *uids)])
        with session(route, "CXRCASCADE") as peer:
            lacking = missing(route, book, peer)
            peer.send(part10(film))
            lacking_later = missing(route, book, peer)
            films = peer.films(date(2026, 1, 1))
            later = peer.films(date(2026, 1, 2))
        count = pacs.count("CR")
    book.close()

    assert [made.sop_instance_uid for made in lacking] == [film.SOPInstanceUID]
    assert lacking_later == []
    assert films == {film.SOPInstanceUID: film.StudyInstanceUID}
    assert later == {}
    assert count == 1
    assert outbox.due("web") == []


def test_what_a_reader_says_arrives_in_the_pacs_and_names_the_ais_report(place, tmp_path):
    from tests.unit.results.conftest import errors, opinion

    (film,) = sent(place, tmp_path, *exposures(1, seed=9))
    of_ai = dcmread(BytesIO(in_pacs(place, film)["sr"])).SOPInstanceUID
    said = opinion(film=film)

    with httpx.Client(base_url=f"http://127.0.0.1:{place.stack.ports.door}", timeout=30, auth=of_environment()) as door:
        answers = [door.post("/amendments", json=said).status_code for _ in range(2)]
    place.wait([film])
    end = time.monotonic() + 30
    while not (reports := amendments(place, film)) and time.monotonic() < end:
        time.sleep(0.2)

    (data,) = reports
    report = hd.sr.srread(BytesIO(data))
    (study,) = report.PredecessorDocumentsSequence
    (series,) = study.ReferencedSeriesSequence
    assert answers == [201, 200]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == of_ai
    assert errors(data, tmp_path) == []
    assert len(report.content.get_planar_roi_measurement_groups()) == 2
    assert scp(place, "reconcile").returncode == 0
    query = {"Level": "Instance", "Query": {"SOPInstanceUID": report.SOPInstanceUID}}
    (lost,) = place.pacs.api.post("/tools/find", json=query).json()
    place.pacs.delete({"ID": lost})
    assert scp(place, "reconcile").stdout.split()[:3] == ["pacs", "amendment-1", report.SOPInstanceUID]
    assert scp(place, "resend").stdout == "pacs: 1 queued again\n"


def test_a_webhook_and_a_ris_are_told_what_became_of_each_film(place, hook, ris, tmp_path):
    whole, broken = exposures(2, seed=11)
    broken.PixelData = broken.PixelData[:1000]

    sent(place, tmp_path, whole, broken)

    for film, outcome in ((whole, "assessed"), (broken, "failed")):
        ((headers, body),) = [kept for kept in hook.kept if film.SOPInstanceUID.encode() in kept[1]]
        event = Webhook(receivers.SECRET).verify(body, headers)
        (message,) = [kept.decode() for kept in ris.kept if film.SOPInstanceUID.encode() in kept]
        first = next(line for line in message.split("\r") if line.startswith("OBX|")).split("|")
        assert event["data"]["outcome"] == outcome
        assert event["data"]["film"]["StudyInstanceUID"] == film.StudyInstanceUID
        assert first[5].partition("^")[0] == outcome
    assert event["data"]["problem"]["code"] == "malformed"
    assert "|NM|" not in message


def amendments(place: Hospital, film: Dataset) -> list[bytes]:
    """Those of a film that are in the PACS."""
    found = [place.pacs.file(each) for each in place.pacs.of_study(film.StudyInstanceUID) if each["modality"] == "SR"]
    return [data for data in found if dcmread(BytesIO(data)).SeriesDescription == "Reader on AI report"]

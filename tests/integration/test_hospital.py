"""The whole way: a modality (dcmtk), the listener, the gateway, three TorchServes, and results in a PACS (Orthanc)."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import highdicom as hd
import httpx
import numpy as np
import pytest
import redis
from dicomweb_client import DICOMwebClient
from pydicom import Dataset, dcmread

from local.places import ROOT
from scp.ledger import Ledger, Made
from scp.outbox import Outbox
from scp.peers import session
from scp.reconcile import missing
from scp.routes import Route
from tests.fuzz.__main__ import attack
from tests.hospital import traffic
from tests.hospital.exposures import exposures, part10
from tests.hospital.orthanc import BINARY, orthanc
from tests.hospital.traffic import RESULTS, Hospital, kill
from tests.integration.conftest import PATH, SAMPLES, Gateway

pytestmark = pytest.mark.skipif(
    not (BINARY and shutil.which("storescu")),
    reason="no Orthanc or dcmtk: apt-get install orthanc orthanc-dicomweb dcmtk",
)

CANARY = {"PatientName": "Quixotebird^Zanzibar", "PatientID": "QZ-5519-77", "PatientBirthDate": "19310713"}
"""A patient who occurs nowhere else."""


@pytest.fixture(scope="module")
def place(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with traffic.hospital(tmp_path_factory.mktemp("hospital"), archives) as running:
        yield running


@pytest.fixture
def clinic(place: Hospital) -> Iterator[Gateway]:
    """A client of the hospital's gateway."""
    with Gateway(base_url=place.stack.url, timeout=30) as client:
        client.wait_ready()
        yield client


def sent(place: Hospital, folder: Path, *films: Dataset) -> list[Dataset]:
    """The films, after a modality has sent them and all has come back."""
    for number, film in enumerate(films):
        film.save_as(folder / f"{number}.dcm", enforce_file_format=True)
    place.send(folder)
    place.wait(films)
    return list(films)


def in_pacs(place: Hospital, film: Dataset) -> dict[str, bytes]:
    """Kind to file of a film's results, as the PACS gives them."""
    found = {}
    for modality, kind in RESULTS.items():
        for instance in place.pacs.instances(modality):
            data = place.pacs.file(instance)
            if dcmread(BytesIO(data), stop_before_pixels=True).StudyInstanceUID == film.StudyInstanceUID:
                found[kind] = data
    return found


def scp(place: Hospital, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m scp` beside the running listener."""
    environment = {
        "PYTHONPATH": str(ROOT / "services"),
        "CXR_SCP_FOLDER": str(place.stack.places.films),
        "CXR_SCP_ROUTES": place.stack.env["CXR_SCP_ROUTES"],
    }
    command = [sys.executable, "-m", "scp", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


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
    client = DICOMwebClient(f"{place.stack.url}/dicomweb")

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


def test_a_patient_is_found_in_no_log_metric_cache_error_or_ledger(place, clinic, tmp_path):
    films = list(exposures(2, seed=7))
    for film in films:
        for keyword, value in CANARY.items():
            setattr(film, keyword, value)
    films[1].PixelData = films[1].PixelData[:1000]
    said = []
    for film in films:
        for data in (part10(film), part10(film)[:2000], part10(film).replace(b"ISO", b"XXX")):
            said.append(clinic.post(PATH, content=data, headers={"Content-Type": "application/dicom"}).text)
    DICOMwebClient(f"{place.stack.url}/dicomweb").store_instances([films[0]])
    sent(place, tmp_path, *films)
    assert str(dcmread(BytesIO(in_pacs(place, films[0])["sr"])).PatientName) == CANARY["PatientName"]
    time.sleep(1)

    said += [clinic.get("/metrics").text, httpx.get(f"{place.stack.door}/metrics").text]
    said += [httpx.get(f"{place.stack.door}/status").text, scp(place, "ledger", "--history").stdout]
    said += [place.stack.places.log(name).read_text() for name in place.stack.names]
    with redis.Redis.from_url(place.stack.redis) as store:
        said += [repr(key) + repr(store.get(key)) for key in store.scan_iter()]
    said.append((place.stack.places.films / "ledger.sqlite").read_bytes().decode("latin-1"))

    for secret in (*CANARY.values(), "Quixotebird", "Zanzibar"):
        assert not [text for text in said if secret in text], secret


@pytest.mark.parametrize("folder", ["waiting", "objects", "dead"])
def test_only_we_can_read_what_waits(place, folder):
    assert (place.stack.places.films / folder).stat().st_mode & 0o077 == 0


def test_the_same_film_in_every_transfer_syntax_gets_the_same_classes_as_its_png(place, clinic, tmp_path):
    from tests.unit.cxr.test_transfer_syntaxes import TRANSFER_SYNTAXES, written_in

    plain = clinic.assess(SAMPLES / "film.dcm").json()
    picture = clinic.get(f"{PATH}/{plain['id']}/radiograph.png").content
    expected = clinic.post(PATH, content=picture, headers={"Content-Type": "image/png"}).json()["classes"]

    for syntax in TRANSFER_SYNTAXES:
        data = written_in(syntax, tmp_path)
        body = clinic.post(PATH, content=data, headers={"Content-Type": "application/dicom"}).json()
        assert body["outcome"] == "assessed", syntax.name
        assert body["classes"] == pytest.approx(expected, abs=0.01), syntax.name


def test_damaged_files_neither_hang_nor_crash_nor_fill_the_gateway(place, clinic):
    pid = place.stack.pid("gateway")

    answers, slowest, most = attack(place.stack.url, files=240, seed=3, pid=pid)

    assert {int(answer[:3]) for _, answer in answers} <= {200, 400, 413, 415, 422}, answers
    assert sum(count for (_, answer), count in answers.items() if answer.startswith("200")) > 20
    assert slowest < 12
    assert most < 1_000_000_000
    assert place.stack.pid("gateway") == pid
    assert np.isfinite(slowest)


def test_200_films_in_8_associations_lose_nothing_and_double_nothing_while_everything_is_killed(place, tmp_path):
    def breaking() -> None:
        for victim in ("scp", "gateway", "classifier", "scp"):
            time.sleep(5)
            kill(place.stack, victim)

    came = traffic.run(place, tmp_path, 200, 8, breaking)

    assert came.states == {"assessed": 200}
    assert came.results == {"sr": 200, "lungs": 200, "overlay": 200}
    assert (came.lost, came.doubled) == (0, 0)

"""Transactions to a FHIR server that validates: what searches find after each, and that nothing is there twice."""

import pytest
import yaml
from pydicom import dcmread

from imaging.header import header
from results.amendment_fhir import write_amendment_bundle
from results.amendment_sr import read_film
from results.codes import probability
from results.fhir import write_fhir, write_outcome
from results.identity import Superseded
from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers.opened import session
from scp.routes import Route
from tests.fhir_server import FhirServer, fhir_server
from tests.trials.traffic.exposures import exposures
from tests.unit.results.conftest import CREATED, SAMPLE, amendment, assessment, reading, refused
from tests.unit.scp.conftest import concluded, send

SYSTEM = "urn:oid:1.2.3"
INTERSTITIAL = f"code=urn:cxr-cascade:codes|{probability('interstitial_pneumonia').value}"
OF_AI = Superseded("1.2.3.4", "1.2.3")


@pytest.fixture
def server():
    with fhir_server() as running:
        yield running


def described(server: FhirServer, **more: object) -> dict:
    peer = {"url": server.url, "bundle": "transaction", **more}
    return {"name": "record", "results": ["fhir", "amendment"], "fhir": peer}


def deliver(server: FhirServer, *bundles: bytes) -> None:
    with session(Route.model_validate(described(server)), "CXRCASCADE") as peer:
        for bundle in bundles:
            peer.send(bundle)


def count(server: FhirServer) -> dict[str, int]:
    kinds = [kind for kind, _ in server.kept]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def standing(server: FhirServer, query: str = "") -> list[dict]:
    """Observations that are not withdrawn."""
    return [each for each in server.search("Observation", query) if each["status"] != "entered-in-error"]


async def test_an_assessment_is_where_searches_of_a_record_find_it(listen, client, server, tmp_path):
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"routes": [described(server)]}))
    service = listen(gateway=str(client.base_url), routes=tmp_path / "r.yaml", fhir_patient_system=SYSTEM)
    (film,) = exposures(1)

    await send(service, film)

    assert await concluded(service, "assessed")
    (patient,) = server.search("Patient", f"identifier={SYSTEM}|{film.PatientID}")
    (study,) = server.search("ImagingStudy", f"identifier=urn:dicom:uid|urn:oid:{film.StudyInstanceUID}")
    (sr,) = [made for made in service.ledger.made() if made.kind == "sr"]
    (report,) = server.search("DiagnosticReport", f"identifier=urn:dicom:uid|urn:oid:{sr.sop_instance_uid}")
    (observation,) = server.search("Observation", INTERSTITIAL)
    assert report["subject"]["reference"] == observation["subject"]["reference"] == f"Patient/{patient['id']}"
    assert report["imagingStudy"] == [{"reference": f"ImagingStudy/{study['id']}"}]
    assert {"reference": f"Observation/{observation['id']}"} in report["result"]


def test_what_is_sent_again_is_not_there_twice(server):
    bundle = write_fhir(reading(), SYSTEM)
    deliver(server, bundle)
    before = dict(server.kept)

    deliver(server, bundle, bundle)

    assert server.kept == before
    assert count(server)["DiagnosticReport"] == count(server)["Patient"] == count(server)["ImagingStudy"] == 1
    assert count(server)["Device"] == 3


def test_a_second_film_of_a_patient_adds_no_patient_and_no_device(server):
    other = dcmread(SAMPLE)
    other.SOPInstanceUID = "1.2.3.9"

    deliver(server, write_fhir(reading(), SYSTEM), write_fhir(reading(film=other), SYSTEM))

    assert (count(server)["Patient"], count(server)["Device"], count(server)["DiagnosticReport"]) == (1, 3, 2)
    assert len(server.search("Observation", INTERSTITIAL)) == 2


def test_what_new_models_say_takes_the_place_of_what_the_old_ones_said(server):
    deliver(server, write_fhir(reading(), SYSTEM))
    newer = {"interstitial_pneumonia": 0.4, "other_pathology": 0.5, "no_pathology": 0.1}

    deliver(server, write_fhir(reading(assessment(classes=newer), key="new"), SYSTEM))

    assert count(server)["DiagnosticReport"] == 1
    (observation,) = server.search("Observation", INTERSTITIAL)
    assert observation["valueQuantity"]["value"] == 0.4


def test_a_film_that_is_refused_later_has_no_probability_that_stands(server):
    deliver(server, write_fhir(reading(), SYSTEM))

    deliver(server, write_fhir(reading(refused(), key="new"), SYSTEM))

    (report,) = server.search("DiagnosticReport", "")
    (left,) = standing(server)
    assert report["result"] == [{"reference": f"Observation/{left['id']}"}]
    assert "dataAbsentReason" in left
    assert server.search("Observation", INTERSTITIAL)[0]["status"] == "entered-in-error"


def test_what_was_withdrawn_stands_again_when_it_is_said_again(server):
    for what, key in ((assessment(), "a"), (refused(), "b"), (assessment(), "c")):
        deliver(server, write_fhir(reading(what, key=key), SYSTEM))

    assert [each["status"] for each in server.search("Observation", INTERSTITIAL)] == ["preliminary"]
    assert all("valueQuantity" in each or "valueCodeableConcept" in each for each in standing(server))


def test_the_result_takes_the_place_of_the_notice_that_there_is_none(server):
    deliver(server, write_outcome(header(dcmread(SAMPLE)), "gateway-away", CREATED, SYSTEM))
    (notice,) = server.search("DiagnosticReport", "")

    deliver(server, write_fhir(reading(), SYSTEM))

    (report,) = server.search("DiagnosticReport", "")
    assert (notice["status"], report["status"]) == ("cancelled", "preliminary")
    assert "gateway-away" in notice["conclusion"]


def test_the_hospitals_own_patient_and_study_are_found_and_left_as_they_are(server):
    film = dcmread(SAMPLE)
    patient = {"resourceType": "Patient", "id": "p", "identifier": [{"system": SYSTEM, "value": film.PatientID}]}
    named = {"system": "urn:dicom:uid", "value": f"urn:oid:{film.StudyInstanceUID}"}
    study = {"resourceType": "ImagingStudy", "id": "s", "identifier": [named], "status": "registered"}
    server.kept = {("Patient", "p"): dict(patient), ("ImagingStudy", "s"): dict(study)}

    deliver(server, write_fhir(reading(), SYSTEM))

    assert (server.kept[("Patient", "p")], server.kept[("ImagingStudy", "s")]) == (patient, study)
    (report,) = server.search("DiagnosticReport", "")
    assert report["subject"] == {"reference": "Patient/p"}


def test_a_changed_opinion_replaces_the_readers_and_leaves_the_ais(server):
    deliver(server, write_fhir(reading(), SYSTEM))
    of_ai = len(standing(server))
    bundles = [
        write_amendment_bundle(read_film(said), said, OF_AI, SYSTEM)
        for said in (amendment(), amendment(said={"findings": ["Hernia"], "comment": ""}), amendment(withdrawn=True))
    ]

    deliver(server, bundles[0])
    at_first = len(standing(server)) - of_ai
    deliver(server, bundles[1])
    changed = len(standing(server)) - of_ai
    deliver(server, bundles[2])

    assert at_first - changed == 2  # the effusion and the comment
    assert len(standing(server)) == of_ai
    assert count(server)["DiagnosticReport"] == 2
    assert {each["status"] for each in server.search("DiagnosticReport", "")} == {"preliminary", "entered-in-error"}


@pytest.mark.parametrize(("status", "error"), [(503, PeerAwayError), (422, PeerRefusedError), (409, PeerRefusedError)])
def test_a_server_that_does_not_take_it_has_nothing_of_it(server, status, error):
    server.down = status

    with pytest.raises(error, match=str(status)):
        deliver(server, write_fhir(reading(), SYSTEM))

    assert server.kept == {}


def test_two_patients_with_one_id_are_refused_whole(server):
    known = {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": dcmread(SAMPLE).PatientID}]}
    server.kept = {("Patient", each): known | {"id": each} for each in "ab"}

    with pytest.raises(PeerRefusedError, match="412"):
        deliver(server, write_fhir(reading(), SYSTEM))

    assert count(server) == {"Patient": 2}

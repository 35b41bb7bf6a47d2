"""Readers' numbers, from the door to the PACS and to a FHIR server, of a hand that the model measured."""

import json

import pytest
import yaml

from tests.fakes import serving
from tests.hand import Hand
from tests.trials.traffic.exposures import exposures
from tests.unit.results.conftest import number_opinion, opinion
from tests.unit.scp.conftest import concluded, door, eventually, left, send, write_routes
from tests.unit.scp.test_amendments import amendments, predecessors, record  # noqa: F401 - a fixture


def hand():
    (film,) = exposures(1, patient="Secret")
    film.BodyPartExamined = "HAND"
    return film


@pytest.fixture
def both(pacs, record, tmp_path):  # noqa: F811
    """Routes to a PACS and a FHIR server that want what readers say."""
    dicom = {"host": "127.0.0.1", "port": pacs.port, "aet": "PACS"}
    routes = [
        {"name": "pacs", "results": ["sr", "amendment"], "dicom": dicom},
        {"name": "record", "results": ["fhir", "amendment"], "fhir": {"url": f"http://127.0.0.1:{record.server_port}"}},
    ]
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"routes": routes}))
    return tmp_path / "r.yaml"


async def test_a_readers_number_goes_to_the_pacs_and_the_record_and_names_the_models_report(
    listen,
    start,
    pacs,
    record,  # noqa: F811
    both,
):
    async with serving(Hand()) as address:
        client = await start(problems=f"bone-age={address}")
        service = listen(gateway=str(client.base_url), routes=both)
        film = hand()
        await send(service, film)
        assert await concluded(service, "assessed")
        (of_model,) = pacs.of("SR")

        async with door(service) as client:
            said = number_opinion(film=film)
            answers = [(await client.post("/amendments", json=said)).json()["answer"] for _ in range(2)]
            changed = number_opinion(film=film, months=124, supersedes=said["key"])
            answers.append((await client.post("/amendments", json=changed)).json()["answer"])
            assert await eventually(lambda: not left(service))

    one, two = amendments(pacs)
    first, *of_reader = (bundle["entry"][0]["resource"] for bundle in record.kept)
    assert answers == ["kept", "duplicate", "kept"]
    assert predecessors(one) == [of_model.SOPInstanceUID]
    assert predecessors(two) == [of_model.SOPInstanceUID, one.SOPInstanceUID]
    assert "118.5" in one.to_json() and "124" in two.to_json()
    assert [each["code"] for each in of_reader] == 2 * [first["code"]]
    assert {each["extension"][0]["valueReference"]["identifier"]["value"] for each in of_reader} == {
        f"urn:oid:{of_model.SOPInstanceUID}"
    }


async def test_door_says_why_a_number_or_a_class_is_not_taken_and_never_what_it_was(listen, pacs, tmp_path):
    service = listen(routes=write_routes(tmp_path / "r.yaml", pacs.port, results=["sr", "amendment"]))
    film = hand()
    wrong = {
        "of this film a number is asked, and no class or finding": number_opinion(
            film=film, said={"label": "other_pathology"}
        ),
        "of this film no number is asked": opinion(film=film, said={"value": {"months": 118.5}}),
        "the number is not between 0 and 240 months": number_opinion(film=film, months=241.25),
        "the number is not in months": number_opinion(film=film, said={"value": {"years": 9.5}}),
        "said.value": number_opinion(film=film, said={"value": {}}),
    }

    async with door(service) as client:
        answers = [await client.post("/amendments", content=json.dumps(each)) for each in wrong.values()]
        metrics = (await client.get("/metrics")).text

    assert [each.status_code for each in answers] == len(wrong) * [422]
    assert [each.json() for each in answers] == [{"answer": "invalid", "wrong": why} for why in wrong]
    assert 'cxr_scp_amendments_total{answer="refused"} 4.0' in metrics
    assert not any(told in each.text for each in answers for told in ("Secret", "other_pathology", "241.25", "9.5"))

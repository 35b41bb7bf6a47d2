"""The description of the API: what generators of clients need, and that it is of what is answered."""

import asyncio
import json
import re

import grpc
import pytest
from pydantic import TypeAdapter

from gateway import problem as statuses
from gateway.http.openapi import problems
from local.places import ROOT
from results.measured import Measured
from results.schema import Assessment, Page, Problem, Running
from tests import films
from tests.described import DOCUMENT, answers, check, valid, whole
from tests.fakes import FakeTorchServe, Fault
from vocabulary.refusals import REFUSALS

PATH = "/v1/assessments"
PNG, DICOM = {"Content-Type": "image/png"}, {"Content-Type": "application/dicom"}
OPERATIONS = [each for path in DOCUMENT["paths"].values() for each in path.values()]


def examples(content):
    """The values of a Media Type Object's examples."""
    return [each["value"] for each in content.get("examples", {}).values()] + [
        content[name] for name in ("example",) if name in content
    ]


def test_operations_have_short_names_that_no_other_has():
    names = [each["operationId"] for each in OPERATIONS]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and "_" not in name and len(name) < 24 for name in names), names
    assert {"assess", "getAssessment", "listAssessments", "getReport", "getLungs"} <= set(names)


def test_it_says_whose_it_is_where_it_is_and_how_to_come_in():
    assert "Research use, not a medical device" in DOCUMENT["info"]["description"]
    assert DOCUMENT["info"]["license"]["name"] and DOCUMENT["info"]["version"]
    assert DOCUMENT["servers"][0]["url"] == "/"  # whatever address the document came from
    assert DOCUMENT["security"] == [{}, {"bearer": []}]  # an empty one is "optional": OpenAPI 3.1.0, 4.8.30
    assert DOCUMENT["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    described = {each["name"] for each in DOCUMENT["tags"] if each["description"]}
    assert {tag for each in OPERATIONS for tag in each["tags"]} == described


@pytest.mark.parametrize(("operation", "status"), answers())
def test_every_answer_that_can_be_read_has_examples_that_are_valid(operation, status):
    answer = answers()[operation, status]

    assert answer["description"]
    assert "X-Request-ID" in answer["headers"]
    for kind, content in answer.get("content", {}).items():
        if not kind.endswith("json"):
            continue
        assert examples(content), f"{operation} {status} {kind}"
        for value in examples(content):
            valid(value, content.get("schema", {}))


def test_examples_are_what_the_products_own_models_say():
    contents = [kind for each in answers().values() for kind in each.get("content", {}).values()]
    shown = [value for kind in contents for value in examples(kind)]
    kinds = TypeAdapter(Assessment | Measured | Running | Page | Problem)
    read = [
        kinds.validate_python(value)
        for value in shown
        if isinstance(value, dict) and {"id", "next", "code"} & set(value)
    ]
    assessments = [each for each in read if isinstance(each, Assessment)]

    assert {each.outcome for each in assessments} == {"assessed", "refused", "failed"}
    refused = [each for each in assessments if each.outcome == "refused" and each.refusal]
    assert {each.refusal.reason for each in refused} == set(REFUSALS)
    assert all(each.classes is None and each.predicted_class is None and not each.findings for each in refused)
    assert any(isinstance(each, Running) for each in read) and any(isinstance(each, Page) for each in read)


def test_the_example_of_an_assessed_film_is_the_manuals_for_which_a_test_asks_the_real_models():
    told = re.search(r"<!-- answer -->\s*```json\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)

    assert answers()["assess", "200"]["content"]["application/json"]["examples"]["assessed"]["value"] == json.loads(
        told[1]
    )


def test_the_page_of_the_feed_in_the_manual_is_one():
    told = re.search(r"```json\n(\{\"assessments\".*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)

    valid(json.loads(told[1]), {"$ref": "#/components/schemas/Page"})


def test_every_kind_of_problem_has_an_example_at_its_status():
    shown = {each.code: each.status for each in problems.problems()}

    for kind, status in statuses.STATUS.items():
        codes = {each.code for each in (kind, *_below(kind)) if each.code in shown}
        assert codes and any(shown[code] == status for code in codes), f"{kind.__name__} {status}"
    for (_, status), answer in answers().items():
        for value in examples(answer.get("content", {}).get("application/problem+json", {})):
            assert str(value["status"]) == status


def test_whoever_is_to_come_again_is_always_told_when():
    for (operation, status), answer in answers().items():
        if status in ("429", "503", "504"):
            assert whole(answer["headers"]["Retry-After"])["required"], f"{operation} {status}"


def _below(kind):
    return [found for each in kind.__subclasses__() for found in (each, *_below(each))]


SAID = {
    "listAssessments": f"{PATH}",
    "livez": "/livez",
    "readyz": "/readyz",
    "metrics": "/metrics",
    "getTop": "/v1/top",
}
OF_ONE = {
    "getAssessment": "",
    "getRadiograph": "/radiograph.png",
    "getPlainRadiograph": "/radiograph.pgm",
    "getLungs": "/lungs.png",
    "getHeatmap": "/heatmap.png",
    "getReport": "/sr.dcm",
    "getLungsSegmentation": "/lungs.dcm",
    "getOverlay": "/overlay.dcm",
    "getFhir": "/fhir",
    "getHeader": "/header",
}
WRONG = {
    "getRadiograph": "side=1",
    "getLungs": "convention=x",
    "getHeatmap": "side=1",
    "getReport": "supersedes=x",
    "getFhir": "bundle=x",
}
WRONG |= {"getLungsSegmentation": "convention=x", "listAssessments": "limit=0"}

ELSEWHERE = {
    *(("assess", status) for status in ("429", "503", "504")),
    ("listAssessments", "429"),
    ("readyz", "503"),
    ("getTop", "503"),
}
"""Answers that need time, load, or keys that cannot be had: other tests have them, and each is checked, too."""

OF_ACCESS, OF_DICOMWEB = ("401", "403", "421", "500"), ("store", "search", "retrieve", "render")
"""Statuses and operations that test_access.py and test_dicomweb.py ask for."""


async def test_every_answer_that_is_cheap_to_have_is_as_it_is_described(start, torchserve, own_valkey):
    seen = await _asked_while_redis_is_there(await start(redis=own_valkey.url), torchserve)
    client = await start(redis=own_valkey.url)
    own_valkey.stop()
    seen |= {check(await client.get(f"{PATH}/x{name}")) for name in OF_ONE.values()}
    seen |= {check(await client.get(PATH)), check(await client.delete(f"{PATH}/x"))}

    described = {each for each in answers() if each[1] not in OF_ACCESS} - ELSEWHERE
    missing = {each for each in described - seen if not each[0].startswith(OF_DICOMWEB)}
    assert missing == set()


async def _asked_while_redis_is_there(client, torchserve: FakeTorchServe):
    post = [await client.post(PATH, content=films.dicom(), headers=DICOM)]
    one = f"{PATH}/{post[0].json()['id']}"
    got = [await client.get(one + name) for name in OF_ONE.values()]
    got += [await client.get(f"{PATH}/unknown{name}") for name in OF_ONE.values()]
    got += [await client.get(path) for path in SAID.values()]
    got += [await client.get(f"{one}{OF_ONE[name]}?{query}") for name, query in WRONG.items() if name in OF_ONE]
    got += [await client.get(f"{PATH}?{WRONG['listAssessments']}")]
    for content in (b"", b"GIF89a" + bytes(200), films.dicom(NumberOfFrames=2), films.png_header(10_000, 10_000)):
        post.append(await client.post(PATH, content=content))
    got += await _running(client, torchserve)
    post.append(await client.post(PATH, content=films.png(films.pixels(160, 160)), headers={"Prefer": "respond-async"}))
    post.append(await _faulty(client, torchserve))
    got += [await client.delete(each) for each in (one, one)]
    return {check(each) for each in [*post, *got]}


async def _running(client, torchserve: FakeTorchServe):
    """Asked for while it runs."""
    held = asyncio.Event()
    torchserve.before = lambda name: held.wait()
    posted = await client.post(
        PATH, content=films.png(films.pixels(150, 160)), headers=PNG | {"Prefer": "respond-async"}
    )
    asked = [await client.request(each, posted.headers["Location"]) for each in ("GET", "DELETE")]
    held.set()
    torchserve.before = None
    return [posted, *asked]


async def _faulty(client, torchserve: FakeTorchServe):
    """Posted while a stage fails."""

    async def fail(name):
        raise Fault(grpc.StatusCode.INTERNAL, "Prediction failed")

    torchserve.before = fail
    posted = await client.post(PATH, content=films.png(films.pixels(170, 160)), headers=PNG)
    torchserve.before = None
    return posted


async def test_a_bug_is_answered_as_it_is_described(start, monkeypatch):
    client = await start()
    monkeypatch.setattr("gateway.store.Store.record", _bug)

    answer = await client.get(f"{PATH}/x")

    assert check(answer) == ("getAssessment", "500")
    assert "secret" not in answer.text


async def _bug(*_):
    raise RuntimeError("secret")

"""The examples of routes that we show are routes."""

import pytest

from local.places import ROOT
from scp.routes import TAKES, Route, read_routes


def of_the_handbook() -> str:
    page = (ROOT / "docs" / "integration.md").read_text()
    return next(each for each in page.split("```yaml\n")[1:] if each.startswith("routes:")).partition("```")[0]


def of_the_file() -> str:
    """Its example, which is a comment."""
    lines = (ROOT / "deploy" / "routes.yaml").read_text().splitlines()
    comment = [line.removeprefix("#").removeprefix(" ") for line in lines if line.startswith("#")]
    return "\n".join(comment[comment.index("routes:") :])


def kind(route: Route) -> str:
    return next(each for each in TAKES if getattr(route, each) is not None)


@pytest.mark.parametrize("example", [of_the_handbook, of_the_file])
def test_an_example_has_a_route_of_each_kind(tmp_path, example):
    (tmp_path / "routes.yaml").write_text(example())

    routes = read_routes(tmp_path / "routes.yaml").routes

    assert [kind(route) for route in routes] == list(TAKES)


def test_what_can_be_asked_is_what_has_a_query():
    """C-FIND and QIDO-RS; a receiver of events has none."""
    routes = [
        {"name": "a", "results": ["sr"], "dicom": {"host": "h", "port": 104, "aet": "P"}},
        {"name": "b", "results": ["sr"], "dicomweb": {"url": "http://x"}},
        {"name": "c", "results": ["fhir"], "fhir": {"url": "http://x"}},
        {"name": "d", "results": ["assessment"], "webhook": {"url": "http://x", "secret_file": "s"}},
        {"name": "e", "results": ["oru"], "hl7": {"host": "h", "port": 2575, "application": "RIS"}},
    ]

    assert [Route.model_validate(each).is_asked for each in routes] == [True, True, False, False, False]

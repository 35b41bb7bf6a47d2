"""What HTTP clients, load balancers and browsers expect of any server."""

import re

import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from tests import films

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
VIEWER = "https://viewer.example:8443"


async def test_head_is_answered_wherever_get_is(client):
    name = (await client.post(PATH, content=films.png(), headers=PNG)).json()["id"]

    for path in ("/", "/livez", "/readyz", "/metrics", "/docs", "/openapi.json", PATH, f"{PATH}/{name}"):
        head = await client.head(path)
        assert (path, head.status_code, head.content) == (path, 200, b"")
    picture = await client.head(f"{PATH}/{name}/radiograph.png")
    assert picture.headers["content-type"] == "image/png"
    assert int(picture.headers["content-length"]) > 0
    assert (await client.head(f"{PATH}/unknown")).status_code == 404


ALLOWED = {
    PATH: "GET, HEAD, POST, OPTIONS",
    f"{PATH}/x": "GET, HEAD, DELETE, OPTIONS",
    f"{PATH}/x/radiograph.png": "GET, HEAD, OPTIONS",
    "/dicomweb/studies": "GET, HEAD, POST, OPTIONS",
    "/dicomweb/studies/1.2.3": "GET, HEAD, POST, OPTIONS",
    "/readyz": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
async def test_a_path_tells_all_its_methods(client, path, allowed):
    refused, asked = await client.put(path, content=b"x"), await client.options(path)

    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert refused.json()["code"] == "method-not-allowed"
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allowed, b"")
    assert asked.headers["x-request-id"]


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
"""Source: what Firefox sends."""


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
async def test_the_root_tells_programs_where_to_go(client, accept):
    told = (await client.get("/", headers={"Accept": accept})).json()

    assert told["name"] == "CXR Cascade" and "not a medical device" in told["about"]
    for place in set(told) - {"name", "about", "dicomweb"}:
        assert (await client.get(told[place])).status_code == 200, place
    assert (await client.options(told["dicomweb"])).headers["allow"].endswith("POST, OPTIONS")


async def test_the_root_shows_people_where_to_go(client):
    page = await client.get("/", headers={"Accept": BROWSER})

    assert page.headers["content-type"].startswith("text/html")
    assert "Research use, not a medical device" in page.text
    places = re.findall(r'href="([^"]+)"', page.text)
    assert {"/docs", "/openapi.json", "/v1/assessments", "/readyz"} <= set(places)


async def test_no_page_of_another_origin_may_use_the_api_unless_it_is_named(client):
    answer = await client.get("/livez", headers={"Origin": VIEWER})

    assert "access-control-allow-origin" not in answer.headers


async def test_a_viewer_in_a_browser_may_post_a_film_where_its_origin_is_named(start):
    client = await start(cors_origins=f"https://other.example, {VIEWER}")
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,prefer"}

    asked = await client.options(PATH, headers=asking | {"Origin": VIEWER})
    posted = await client.post(PATH, content=films.png(), headers=PNG | {"Origin": VIEWER})
    problem = await client.post(PATH, content=b"", headers=PNG | {"Origin": VIEWER})
    stranger = await client.options(PATH, headers=asking | {"Origin": "https://evil.example"})

    assert asked.status_code == 200
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "prefer" in asked.headers["access-control-allow-headers"]
    for answer in (asked, posted, problem):
        assert answer.headers["access-control-allow-origin"] == VIEWER
    assert "Location" in posted.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("origins", ["viewer.example", "https://viewer.example/", "https://a.example, b"])
def test_what_is_no_origin_stops_the_gateway_at_start(origins):
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=origins)

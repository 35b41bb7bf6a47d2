"""HTTP methods at a door. What Allow has to hold is RFC 9110's."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from doors.methods import Methods


@pytest.fixture
async def client(tmp_path):
    (tmp_path / "a.css").write_text("a {}")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Methods)
    reading, writing = APIRouter(prefix="/films"), APIRouter(prefix="/films")
    reading.get("")(lambda: ["a film"])
    reading.get("/{name}")(lambda name: name)
    writing.post("")(lambda: "kept")
    writing.delete("/{name}")(lambda name: name)
    app.include_router(reading)
    app.include_router(writing)
    app.post("/letters")(lambda: "kept")
    app.mount("/static", StaticFiles(directory=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
        yield client


ALLOWED = {
    "/films": "GET, HEAD, POST, OPTIONS",
    "/films/a": "GET, HEAD, DELETE, OPTIONS",
    "/letters": "POST, OPTIONS",
    "/static/a.css": "GET, HEAD, OPTIONS",
}


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
async def test_a_method_that_a_path_has_not_is_told_which_all_its_routes_have(client, path, allowed):
    refused = await client.patch(path)

    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(("path", "allowed"), ALLOWED.items())
async def test_options_are_told_without_a_body(client, path, allowed):
    told = await client.options(path)

    assert (told.status_code, told.headers["allow"], told.content) == (204, allowed, b"")


@pytest.mark.parametrize("path", ["/films", "/films/a", "/static/a.css"])
async def test_head_has_the_status_and_headers_of_get_and_no_body(client, path):
    got, head = await client.get(path), await client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.content))
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_head_is_no_way_to_what_can_only_be_posted(client):
    head = await client.head("/letters")

    assert (head.status_code, head.headers["allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
async def test_a_path_that_there_is_not_is_not_found_by_any_method(client, method):
    assert (await client.request(method, "/nowhere")).status_code == 404

"""Who may be asked by which name, and which pages may change something."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from doors.hosts import Hosts, host_name
from doors.origin import SameOrigin


@pytest.fixture
def client():
    app = FastAPI()
    app.add_middleware(SameOrigin)
    app.add_middleware(Hosts, names=["room.example", "192.0.2.7"], open_paths=["/livez"])

    @app.get("/livez")
    @app.get("/films")
    @app.post("/films")
    def answer() -> str:
        return "ours"

    with TestClient(app, base_url="http://room.example") as asking:
        yield asking


@pytest.mark.parametrize(
    "host",
    ["room.example", "ROOM.example:8443", "192.0.2.7:8100", "localhost:8100", "127.0.0.1", "[::1]:8100", "localhost"],
)
def test_our_own_names_are_answered_with_any_port(client, host):
    assert client.get("/films", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8100", "room.example.evil.example", "127.0.0.1.evil.example", "", "[::1", "10.0.0.1",
     "room.example@evil.example", "evil@room.example", "room.example/x"],
)  # fmt: skip
def test_any_other_name_is_refused_as_a_problem(client, host):
    answer = client.get("/films", headers={"Host": host})

    assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
    assert answer.json()["code"] == "host"
    assert host == "" or host not in answer.text


def test_a_probe_may_ask_by_any_name(client):
    assert client.get("/livez", headers={"Host": "10.244.3.7:8000"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # no browser
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://room.example"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://room.example"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://room.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://room.example:8101"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_change_is_for_our_own_pages_and_for_programs(client, headers, status):
    assert client.post("/films", headers=headers).status_code == status
    assert client.get("/films", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("host", "name"), [("A.b:1", "a.b"), ("[FE80::1]:1", "fe80::1"), ("a:b:c", ""), ("a b", "a b")]
)
def test_a_host_is_its_name_without_its_port(host, name):
    assert host_name(host) == name

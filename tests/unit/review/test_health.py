"""What machines ask, of a reading room whose gateway is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from review import database
from review.app import create_app
from review.settings import Settings
from tests.unit.conftest import free_port
from tests.unit.review.room import CSRF
from tests.unit.review.site import Site


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = Settings(
        folder=tmp_path, gateway=nobody, listener=nobody, secure=False, hosts="testserver", least_free_bytes=0
    )
    with TestClient(create_app(settings)) as asking:
        site = Site(database.sessions(database.connect(settings.database_url)))
        site.film(patient_name="Doe, Secret")
        site.film(state="settled")
        site.keep()
        yield asking


def test_it_is_ready_without_its_gateway_and_says_that_it_is_away(client):
    assert client.get("/livez").text == "alive"
    told = client.get("/readyz")
    assert told.status_code == 200
    assert told.json()["ready"] is True
    assert told.json()["feed"] is False


def test_metrics_count_films_and_amendments_and_name_nobody(client):
    text = client.get("/metrics").text

    assert 'review_films{state="unread"} 1.0' in text
    assert 'review_films{state="settled"} 1.0' in text
    assert 'review_amendments{state="waiting"} 0.0' in text
    assert "Secret" not in text


def test_every_answer_carries_the_headers_that_guard_its_reader(client):
    answer = client.get("/log-in", headers={"Accept": "text/html"})

    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "blob:" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_not_there_is_told_to_people_as_a_page_and_to_programs_as_a_problem(client):
    page = client.get("/nowhere", headers={"Accept": "text/html"})
    problem = client.get("/nowhere")

    assert (page.status_code, problem.status_code) == (404, 404)
    assert "<h1>" in page.text
    assert problem.json()["code"] == "not-found"


@pytest.mark.parametrize("path", ["/log-in", "/", "/static/base.css"])
def test_a_name_that_is_not_ours_is_refused_whatever_it_asks_for(client, path):
    answer = client.get(path, headers={"Host": "evil.example:8100"})

    assert (answer.status_code, answer.json()["code"]) == (421, "host")
    assert "set-cookie" not in answer.headers


def test_nobody_becomes_the_demo_reader_by_a_name_that_was_made_to_lead_here(tmp_path):
    settings = Settings(folder=tmp_path, gateway=f"http://127.0.0.1:{free_port()}", feed=False, secure=False, demo=True)
    with TestClient(create_app(settings), base_url="http://127.0.0.1", follow_redirects=False) as asking:
        token = CSRF.search(asking.get("/log-in").text)[1]
        ours = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
        rebound = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}
        foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
        for headers, status in ((rebound, 421), (foreign, 403), (ours, 303)):
            assert asking.post("/log-in/demo", data={"csrf": token}, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_a_probe_asks_by_whichever_address_it_has(client, path):
    assert client.get(path, headers={"Host": "10.244.3.7:8100"}).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_load_balancer_may_ask_with_head_and_is_told_what_else_it_may(client, path):
    head, options = client.head(path), client.options(path)

    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert client.post("/livez").headers["allow"] == "GET, HEAD, OPTIONS"

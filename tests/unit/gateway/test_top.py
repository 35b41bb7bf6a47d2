"""What the gateway does now: computed from two moments, told to who may know it, shown by a page of its own."""

import base64
import hashlib
import re

import httpx
import pytest

from gateway.top.figures import figures
from gateway.top.history import EVERY_S, KEPT_S, NAMES, History
from gateway.top.scrape import Scrape
from gateway.top.window import Window
from tests import films
from tests.unit.conftest import Start

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of these tests

BEFORE = """
# TYPE cxr_assessments_total counter
cxr_assessments_total{outcome="assessed"} 10.0
# TYPE cxr_request_seconds histogram
cxr_request_seconds_bucket{lane="routine",le="0.1"} 5.0
cxr_request_seconds_bucket{lane="routine",le="0.2"} 10.0
cxr_request_seconds_bucket{lane="routine",le="+Inf"} 10.0
cxr_request_seconds_sum{lane="routine"} 1.0
cxr_request_seconds_count{lane="routine"} 10.0
"""
AFTER = """
# TYPE cxr_assessments_total counter
cxr_assessments_total{outcome="assessed"} 25.0
cxr_assessments_total{outcome="refused"} 5.0
# TYPE cxr_request_seconds histogram
cxr_request_seconds_bucket{lane="routine",le="0.1"} 15.0
cxr_request_seconds_bucket{lane="routine",le="0.2"} 28.0
cxr_request_seconds_bucket{lane="routine",le="+Inf"} 30.0
cxr_request_seconds_sum{lane="routine"} 4.0
cxr_request_seconds_count{lane="routine"} 30.0
# TYPE cxr_problem_timestamp_seconds gauge
cxr_problem_timestamp_seconds{code="overloaded"} 1100.0
cxr_problem_timestamp_seconds{code="stage-timeout"} 1105.0
"""


@pytest.fixture
def window() -> Window:
    """Ten seconds, in which 20 films were answered."""
    return Window(Scrape.read(BEFORE, 1100.0), Scrape.read(AFTER, 1110.0))


def test_a_rate_is_what_came_in_the_window_and_not_what_was_before(window: Window) -> None:
    told = figures(window)

    assert told.films_per_s == 2.0
    assert told.outcomes == {"assessed": 15, "refused": 5}
    assert told.lanes["routine"].films_per_s == 2.0
    assert told.lanes["urgent"].p95_ms is None, "no urgent film came"


def test_percentiles_are_those_of_prometheus_own_function(window: Window) -> None:
    """10 of 20 within 0.1 s, 8 to 0.2 s, 2 above: the median is at 0.1 s, the 80th percentile 6/8 of the next."""
    assert window.quantile_ms("cxr_request_seconds", 0.5, lane="routine") == pytest.approx(100)
    assert window.quantile_ms("cxr_request_seconds", 0.8, lane="routine") == pytest.approx(175)
    assert window.quantile_ms("cxr_request_seconds", 0.95, lane="routine") == pytest.approx(200), "its highest bound"
    assert window.mean_ms("cxr_request_seconds", lane="routine") == pytest.approx(150)


def test_a_gateway_that_began_anew_is_counted_from_there(window: Window) -> None:
    again = Window(window.after, Scrape.read(BEFORE, 1120.0))

    assert again.increase("cxr_assessments_total", outcome="assessed") == 10
    assert figures(again).films_per_s == 1.0


def test_nothing_in_a_window_is_no_number_rather_than_zero_milliseconds(window: Window) -> None:
    told = figures(Window(window.after, window.after))

    assert told.films_per_s == 0
    assert told.lanes["routine"].p50_ms is None
    assert {part.mean_ms for part in told.parts} == {None}
    assert told.cache_hits is None


def test_the_newest_problem_comes_first_whether_it_was_in_the_window_or_not(window: Window) -> None:
    assert [each.code for each in figures(window).problems] == ["stage-timeout", "overloaded"]


async def test_a_film_shows_in_the_figures_of_the_last_minute(client: httpx.AsyncClient) -> None:
    await client.post(PATH, content=films.png(), headers=PNG)
    await client.post(PATH, content=films.png(), headers=PNG)
    await client.post(PATH, content=b"no film", headers=PNG)

    told = (await client.get("/v1/top")).json()

    assert told["outcomes"] == {"assessed": 2}
    assert told["films_per_s"] > 0
    assert told["lanes"]["routine"]["p95_ms"] > 0
    assert all(part["mean_ms"] is not None for part in told["parts"]), "of every part of a film's time"
    assert {stage["up"] for stage in told["stages"].values()} == {1}
    assert (told["cache"], told["cache_hits"]) == ({"hit": 1, "miss": 1}, 0.5)
    assert [each["count"] for each in told["problems"]] == [1]
    assert told["redis"] is True


async def test_its_figures_are_those_of_its_metrics(client: httpx.AsyncClient) -> None:
    """`make top` reads /metrics, the page /v1/top: of the same films they say the same."""
    await client.post(PATH, content=films.png(), headers=PNG)

    read = Scrape.read((await client.get("/metrics")).text, 1.0)
    told = (await client.get("/v1/top")).json()

    assert figures(Window(Scrape(0.0, {}), read)).model_dump()["parts"] == told["parts"]


async def test_a_minute_is_kept_and_no_more(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.metrics import Metrics

    metrics, clock = Metrics(), iter(range(0, 10_000, round(EVERY_S)))
    monkeypatch.setattr("gateway.top.history.time.time", lambda: float(next(clock)))
    history = History(metrics.registry)
    metrics.outcomes.labels("assessed").inc()
    for _ in range(100):
        history.take()
    metrics.outcomes.labels("assessed").inc()

    window = history.window()

    assert KEPT_S <= window.seconds <= KEPT_S + EVERY_S
    assert window.increase("cxr_assessments_total") == 1, "the first was longer ago"


def test_every_name_that_is_kept_is_one_of_the_gateways() -> None:
    from tests.unit.observability.exported import exported

    assert set(NAMES) <= exported().keys()


async def test_who_may_not_see_it_gets_the_page_without_a_figure(start: Start, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "token").write_text(TOKEN)
    client = await start(token_file=tmp_path / "token")

    page, nobody = await client.get("/top"), await client.get("/v1/top")
    ours = await client.get("/v1/top", headers={"Authorization": f"Bearer {TOKEN}"})

    assert (page.status_code, nobody.status_code, ours.status_code) == (200, 401, 200)
    assert "films_per_s" in ours.json()
    assert "text/html" in page.headers["content-type"]


async def test_the_page_runs_its_own_script_and_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/top")
    policy = page.headers["content-security-policy"]

    for element in ("script", "style"):
        (text,) = re.findall(f"<{element}>(.*?)</{element}>", page.text, re.DOTALL)
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"(src|href)=|https?://|@import|url\(", page.text)

"""What counts as kept in an upgrade, what a modality sends again, and that the handbook tells what the trial does."""

import time
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from pydicom import Dataset

from tests.trials.containers import dicom, modality
from tests.trials.containers.exchange import exchange
from tests.trials.containers.modality import Modality
from tests.trials.containers.records import missing
from tests.trials.containers.site import HANDBOOK, Site
from tests.trials.containers.upgrade import IN_CLEAR, ORDER, feed
from vocabulary.stages import STAGES

BEFORE = {"film": [{"id": "a", "label": None}, {"id": "b", "label": "none"}], "opinion": [{"number": 1}]}


def test_rows_that_came_since_and_columns_of_one_version_alone_take_nothing_away() -> None:
    films = [{"id": "c", "label": None, "value": 1.0}, *({**row, "value": None} for row in BEFORE["film"])]

    assert missing(BEFORE, {"film": films, "opinion": BEFORE["opinion"]}) == []


@pytest.mark.parametrize(
    ("films", "told"),
    [
        ([], "2 of 2"),
        ([{"id": "a", "label": None}], "1 of 2"),
        ([{"id": "a", "label": 1}, BEFORE["film"][1]], "1 of 2"),
    ],
    ids=["all gone", "one gone", "another label"],
)
def test_a_row_that_is_gone_or_another_is_missing(films: list[dict[str, object]], told: str) -> None:
    (found,) = missing(BEFORE, BEFORE | {"film": films})

    assert found.startswith(f"film: {told} rows")


def test_a_table_that_is_gone_is_missing() -> None:
    assert len(missing(BEFORE, {})) == len(BEFORE)


def test_the_feed_is_read_to_its_end_in_its_order() -> None:
    pages = {"5-0": (["c", "a"], "7-0"), "7-0": (["b"], "8-0"), "8-0": ([], "8-0")}

    def answer(request: httpx.Request) -> httpx.Response:
        ids, following = pages[request.url.params["after"]]
        return httpx.Response(200, json={"assessments": [{"id": each} for each in ids], "next": following})

    with httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(answer)) as client:
        assert list(feed(client, "5-0")) == ["c", "a", "b"]


def test_a_cursor_that_is_none_any_more_is_told() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400))
    with httpx.Client(base_url="http://gateway", transport=transport) as client, pytest.raises(httpx.HTTPStatusError):
        list(feed(client, "5-0"))


def test_a_modality_sends_again_what_was_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def c_store(films: list[Dataset]) -> bool:
        sent.extend(film.SOPInstanceUID for film in films)
        return len(sent) > 2

    monkeypatch.setattr(dicom, "c_store", c_store)
    monkeypatch.setattr(modality, "PAUSE_S", 0.01)
    with Modality(seed=1) as sending:
        assert dicom.until(lambda: len(sending.taken) > 1, 30)

    assert sending.refusals == 2
    assert sent[0] == sent[1] == sent[2] == sending.taken[0].SOPInstanceUID
    assert sent[2:] == [film.SOPInstanceUID for film in sending.taken]


def test_valkey_and_gateway_are_exchanged_when_the_room_has_read_its_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, ...]] = []
    logged = iter(('{"event": "film arrived"}', '{"event": "feed away"}', ""))

    def compose(*words: str) -> str:
        said.append(words)
        return next(logged) if "logs" in words else ""

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    site = cast(Site, SimpleNamespace(compose=compose))
    for services in ORDER:
        exchange(site, services)

    up, logs = ("up", "--wait", "--no-deps"), ("logs", "--since", "30s", "review")
    assert said[:5] == [("stop", *STAGES), logs, logs, logs, (*up, "redis", "gateway")]
    assert said[5:] == [(*up, *STAGES), (*up, "scp", "review")]


def test_the_handbook_has_the_commands_of_the_trial() -> None:
    told = HANDBOOK.read_text()

    assert all(f"{name}={value}" in told for name, value in IN_CLEAR.items())
    for service in ("review", "scp"):
        assert f"docker compose run --rm --no-deps {service} migrate --to" in told

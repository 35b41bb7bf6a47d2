"""Opinions on their way to the listener: a real reading room's store, and the listener's real door."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from sqlalchemy import select, update

from results.amendment import Amendment as Wire
from review.amendments import queue, sender
from review.amendments.queue import Amendment
from review.settings import Settings
from review.tables import Film
from scp.outbox import Parcel
from scp.service import Service
from tests.unit.conftest import free_port
from tests.unit.review.amending import HEADER, SETTINGS, Room, eventually, listening, sending
from tests.unit.review.site import Site


@pytest.fixture
def room(site: Site) -> Room:
    return Room(site)


AGREES, OTHER = "no_pathology", "other_pathology"


def test_opinion_of_a_film_that_is_read_goes_out(room):
    room.says("ada", AGREES, comment="Clear.")

    assert room.queued() == [("ada", AGREES, False)]
    with room.site.sessions() as session:
        told = Wire.model_validate_json(queue.letter(session, session.scalars(select(Amendment)).one()))
    assert (told.reader.name, told.said.comment, told.said.agrees) == ("Dr ada", "Clear.", True)
    assert (told.answer.predicted_class, told.answer.classifier) == ("no_pathology", "1.1.0")
    assert told.header == HEADER.to_json_dict()
    assert b"login" not in told.model_dump_json().encode()


def test_nothing_goes_out_without_a_listener_or_of_a_picture(site):
    room = Room(site)
    room.says("ada", AGREES, settings=Settings())
    with site.sessions.begin() as session:
        session.execute(update(Film).values(sop_instance_uid=""))
    room.says("ada", OTHER)

    assert room.queued() == []


def test_opinion_waits_until_the_film_is_settled_and_then_all_that_agree_go_out(room):
    careful = SETTINGS.model_copy(update={"second_read": True})
    room.says("ada", OTHER, settings=careful)
    assert room.queued() == []

    room.says("bob", OTHER, settings=careful)

    assert sorted(room.queued()) == [("ada", OTHER, False), ("bob", OTHER, False)]


def test_what_went_out_is_withdrawn_when_readers_disagree_and_the_last_word_goes_out(room):
    room.says("ada", AGREES)
    room.leave()
    room.says("bob", OTHER)
    room.leave()
    room.says("eve", OTHER, role="chief")

    assert room.queued()[:2] == [("ada", AGREES, False), ("ada", AGREES, True)]
    assert sorted(room.queued()[2:]) == [("bob", OTHER, False), ("eve", OTHER, False)]
    first, second, *_ = room.rows()
    assert second.supersedes == first.key


def test_opinion_that_is_changed_or_undone_before_it_left_never_leaves(room):
    room.says("ada", AGREES)
    room.says("ada", OTHER)
    assert room.queued() == [("ada", OTHER, False)]
    room.undoes("ada")
    assert room.queued() == [("ada", AGREES, False)]
    room.undoes("ada")

    assert room.queued() == []


def test_opinion_that_is_taken_back_after_it_left_is_withdrawn(room):
    room.says("ada", AGREES)
    room.leave()
    room.undoes("ada")

    assert room.queued() == [("ada", AGREES, False), ("ada", AGREES, True)]


def test_opinion_that_comes_back_to_what_is_out_sends_nothing(room):
    room.says("ada", AGREES)
    room.leave()
    room.says("ada", OTHER)
    room.undoes("ada")

    assert room.queued() == [("ada", AGREES, False)]


class Door(ThreadingHTTPServer):
    """Answers each POST with the next of its answers, and keeps what it was sent."""

    answers: list[int | None]
    kept: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        self.server.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        answer = self.server.answers.pop(0) if self.server.answers else 201
        if answer is None:
            self.close_connection = True
            return
        body = b'{"answer": "told"}'
        self.send_response(answer)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def door() -> Iterator[Door]:
    with Door(("127.0.0.1", 0), Handler) as server:
        server.answers, server.kept = [], []
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


only_sqlite = pytest.mark.parametrize("site", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "QUEUE_CHECK_S", 0.05)


@only_sqlite
def test_amendment_is_held_for_a_while_and_then_sent_once(room, door):
    room.says("ada", AGREES)
    with sending(room.site, door.server_port):
        time.sleep(0.3)
        held = len(door.kept)
        room.hurry()
        assert eventually(lambda: room.rows()[0].sent)
        time.sleep(0.3)

    assert held == 0
    assert [each["key"] for each in door.kept] == [room.rows()[0].key]


def test_amendment_is_sent_again_until_the_listener_has_it_and_in_order(room, door, monkeypatch):
    monkeypatch.setattr(sender, "FIRST_PAUSE_S", 0.1)
    door.answers = [503, None, 507, 201]
    room.says("ada", AGREES)
    with sending(room.site, door.server_port):
        room.hurry()
        assert eventually(lambda: room.rows()[0].attempts >= 1)
        room.says("ada", OTHER)
        room.delivers()

    first, second = room.rows()
    assert [each["key"] for each in door.kept] == 4 * [first.key] + [second.key]
    assert door.kept[-1]["supersedes"] == first.key
    assert (first.attempts, first.error) == (4, "")


@only_sqlite
def test_amendment_that_is_refused_is_put_aside_and_offered_again_at_the_next_start(room, door):
    door.answers = [404]
    room.says("ada", AGREES)
    room.hurry()
    with sending(room.site, door.server_port):
        assert eventually(lambda: room.rows()[0].refused)
        time.sleep(0.3)
    tries, reason = len(door.kept), room.rows()[0].error

    with sending(room.site, door.server_port):
        assert eventually(lambda: room.rows()[0].sent)

    assert (tries, reason) == (1, "404 told")


@only_sqlite
def test_opinion_that_cannot_be_told_does_not_keep_the_others(site, door):
    broken = Room(site)
    broken.says("ada", AGREES)
    with site.sessions.begin() as session:
        session.execute(update(Film).values(header={}, rows=-1))
    broken.hurry()
    with sending(site, door.server_port):
        assert eventually(lambda: broken.rows()[0].refused)
        with site.sessions.begin() as session:
            session.execute(update(Film).values(rows=40))
        broken.says("bob", AGREES)
        broken.hurry()
        assert eventually(lambda: broken.rows()[-1].sent)

    assert broken.rows()[0].error == "ValidationError"
    assert [each["reader"]["name"] for each in door.kept] == ["Dr bob"]


@only_sqlite
def test_listener_that_is_away_loses_nothing(room, door):
    port = free_port()
    room.says("ada", AGREES)
    room.hurry()
    with sending(room.site, port):
        assert eventually(lambda: room.rows()[0].error == "ConnectError")
    room.hurry()
    with sending(room.site, door.server_port):
        assert eventually(lambda: room.rows()[0].sent)

    assert len(door.kept) == 1


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[Service, int]]:
    with listening(tmp_path) as opened:
        yield opened


@only_sqlite
def test_opinion_becomes_a_report_at_the_listener_and_its_undoing_another(room, listener):
    service, port = listener
    room.says(
        "ada", OTHER, findings=["Nodule"], shapes=[{"kind": "box", "points": [[1, 2], [3, 4]], "finding": "Nodule"}]
    )
    with sending(room.site, port):
        room.delivers()
        room.undoes("ada")
        room.delivers()
    (report, first, last) = service.ledger.made()

    made = [dcmread(BytesIO(service.outbox.open(Parcel("none", each.instance, each.kind)))) for each in (first, last)]
    assert [each.ConceptNameCodeSequence[0].CodeMeaning for each in made] == [
        "Imaging Measurement Report",
        "Reader's opinion withdrawn",
    ]
    named = made[1].PredecessorDocumentsSequence[0].ReferencedSeriesSequence
    assert {each.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for each in named} == {
        report.sop_instance_uid,
        first.sop_instance_uid,
    }

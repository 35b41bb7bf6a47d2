"""What readers, films or machines that misbehave must not bring about."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from pydantic import ValidationError
from pydicom import Dataset
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from client.errors import FailedError, LaterError
from client.gateway import Gateway
from review import audit_page
from review.arrivals import header
from review.insight.routes import Filters
from review.reading import film_state, films, opinions, standing
from review.reading.worklist import Wanted, Worklist
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film
from tests.unit.review.room import Room, on_sqlite
from tests.unit.review.site import Site

OTHER, NONE, INTERSTITIAL = "other_pathology", "no_pathology", "interstitial_pneumonia"
WITHIN_S = 20
NOW = datetime.now(UTC)


def sit(site: Site, film_id: str, reader: str) -> str:
    with site.sessions.begin() as session:
        return opinions.open_sitting(session, session.get_one(Film, film_id), reader).id


def give(session, film_id: str, reader: str, sitting: str, label: str, role="reader") -> None:
    given = Given(key=str(uuid.uuid4()), sitting=sitting, label=label)
    opinions.give(session, session.get_one(Film, film_id), reader, role, given, Settings())


def at_once(site: Site, film_id: str, first, second) -> None:
    """Two requests that have both looked at the film before either says anything; the second one commits last."""
    both_looked, first_said = threading.Barrier(2), threading.Event()

    def one(say, last):
        with site.sessions.begin() as session:
            session.get_one(Film, film_id)
            both_looked.wait(WITHIN_S)
            if last:
                first_said.wait(WITHIN_S)
            say(session)
            first_said.set()
            if not last:
                time.sleep(0.3)  # the second one speaks before this one's transaction ends

    with ThreadPoolExecutor(2) as threads:
        for each in [threads.submit(one, first, False), threads.submit(one, second, True)]:
            each.result(WITHIN_S)


def test_two_readers_who_disagree_at_the_same_moment_are_both_heard(site):
    film = site.film((0.1, 0.8, 0.1))["id"]
    site.keep()
    ada, bob = site.reader("ada"), site.reader("bob")
    sittings = {reader: sit(site, film, reader) for reader in (ada, bob)}

    at_once(
        site,
        film,
        lambda session: give(session, film, ada, sittings[ada], OTHER),
        lambda session: give(session, film, bob, sittings[bob], NONE),
    )

    with site.session() as session:
        found = session.get_one(Film, film)
        assert (found.state, found.label) == ("arbitration", None)


def test_two_undos_at_the_same_moment_take_back_two_opinions_and_not_one_twice(site):
    film = site.film((0.1, 0.8, 0.1))["id"]
    site.keep()
    ada = site.reader("ada")
    sitting = sit(site, film, ada)
    for label in (OTHER, NONE, INTERSTITIAL):
        with site.sessions.begin() as session:
            give(session, film, ada, sitting, label)

    def undo(session):
        opinions.undo(session, session.get_one(Film, film), ada, sitting, Settings())

    at_once(site, film, undo, undo)

    with site.session() as session:
        said = standing.of_reader(session, film, ada)
        assert [each.label for each in standing.stack(said)] == [OTHER]
        assert [each.label for each in standing.current(session, film)] == [OTHER]
        assert session.get_one(Film, film).label == OTHER


def test_a_chief_who_corrects_the_last_word_does_not_open_the_film_again(site):
    film = site.film((0.1, 0.8, 0.1))["id"]
    site.keep()
    readers = {name: site.reader(name) for name in ("ada", "bob", "eva")}

    def say(name, label, role="reader"):
        sitting = sit(site, film, readers[name])
        with site.sessions.begin() as session:
            give(session, film, readers[name], sitting, label, role)
        with site.session() as session:
            found = session.get_one(Film, film)
            return found.state, found.label

    say("ada", OTHER)
    assert say("bob", NONE) == ("arbitration", None)
    assert say("eva", OTHER, "chief") == ("settled", OTHER)
    assert say("eva", INTERSTITIAL, "chief") == ("settled", INTERSTITIAL)
    assert say("bob", NONE) == ("settled", INTERSTITIAL)


def test_the_place_of_a_blind_film_in_the_list_tells_nothing_of_its_probability(site):
    for name, probability in (("hidden", 0.01), ("high", 0.9), ("middle", 0.5), ("low", 0.1)):
        left = (1 - probability) / 2
        chance = {"blind": True, "place": 0.75} if name == "hidden" else {}
        site.film((probability, left, left), accession_number=name, arrived=NOW, **chance)
    ada = site.reader("ada")
    site.keep()

    def listed():
        with site.session() as session:
            page = Worklist(ada, "reader", 3600).page(session, Wanted(status="all"))
            return [film.accession_number for film, *_ in page]

    assert listed() == ["high", "hidden", "middle", "low"]
    sitting = sit(site, site.films[0]["id"], ada)
    with site.sessions.begin() as session:
        give(session, site.films[0]["id"], ada, sitting, NONE)
    assert listed() == ["high", "middle", "low", "hidden"]


def test_an_answer_to_a_refused_film_keeps_the_cautions_of_its_header(site):
    child, despite = {"code": "child", "detail": "A child."}, {"code": "refusal_overridden", "detail": "Despite."}
    ada = site.reader("ada")
    film = site.film(probabilities=None, refusal="rotated", body={"created": "2026-03-02", "cautions": [child]})
    site.keep()
    body = site.assessments[0]["body"] | {"outcome": "assessed", "cautions": [despite]}
    row = site.assessments[0] | {"id": "A" * 26, "outcome": "assessed", "overridden_by": ada, "body": body}
    with site.sessions.begin() as session:
        session.execute(insert(Assessment), [row])
        session.get_one(Film, film["id"]).assessment_id = "A" * 26

    with site.session() as session:
        answer = film_state._answer(session, session.get_one(Film, film["id"]))
    assert [each.model_dump() for each in answer.cautions] == [despite, child]


def test_a_film_that_a_newer_gateway_refused_for_a_reason_of_its_own_can_still_be_opened(site):
    refusal = {"reason": "too_blurred", "detail": "It is blurred."}
    film = site.film(probabilities=None, refusal="too_blurred", body={"created": "2026-03-02", "refusal": refusal})
    site.keep()

    with site.session() as session:
        answer = film_state._answer(session, session.get_one(Film, film["id"]))
    assert answer.refusal.model_dump() == refusal


def test_an_error_of_the_database_tells_no_patients_name(site):
    film = site.film(patient_name="Secret, Patient")
    site.keep()

    with pytest.raises(IntegrityError) as told, site.sessions.begin() as session:
        session.execute(insert(Film), [film])
    assert "Secret" not in str(told.value)


def test_a_name_is_never_longer_than_its_column_and_a_spacing_never_infinite():
    found = Dataset()
    found.PatientName = "A" * 200 + "^" + "B" * 129
    assert len(header.columns(found)["patient_name"]) == 330

    shown = SimpleNamespace(get=lambda keyword: [float("inf"), 0.1] if keyword == "PixelSpacing" else None)
    assert header._spacing(shown) is None


@pytest.mark.parametrize("wanted", [Wanted, audit_page.Wanted, Filters])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_that_cannot_be_counted_from_is_not_understood(wanted, day):
    names = ("from", "to") if wanted is Filters else ("since", "until")
    for name in names:
        with pytest.raises(ValidationError):
            wanted(**{name: day})


def test_who_is_not_logged_in_cannot_fill_the_memory(tmp_path):
    with on_sqlite(tmp_path) as room:
        room._app.include_router(films.router)
        browser = room.browser()
        for what in ("opinions", "undo", "assess-anyway"):
            answer = browser.post(f"/films/F/{what}", content=b" " * (films.MAX_OPINION_BYTES + 1))
            assert answer.status_code == 413


def test_what_the_database_cannot_hold_is_no_error_of_ours(site):
    holds = site.session().get_bind().dialect.name == "sqlite"
    with Room(site.sessions) as room:
        assert room.browser().log_in("no\0body").status_code == (401 if holds else 422)


@pytest.mark.parametrize(
    ("kind", "headers", "error", "after_s"),
    [
        ("text/html", {}, LaterError, None),
        ("text/html", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, LaterError, None),
        ("text/html", {"Retry-After": "7"}, LaterError, 7),
        ("application/problem+json", {}, FailedError, None),
    ],
)
def test_a_proxy_that_misses_the_gateway_is_waited_for_and_a_failed_stage_is_not(kind, headers, error, after_s):
    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'{"type": "urn:cxr:stage-failed", "code": "stage-failed", "detail": "classifier: no"}'
            self.send_response(502)
            for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with Gateway(f"http://127.0.0.1:{server.server_port}", 5) as gateway, pytest.raises(error) as told:
            gateway.assessment("A")
        server.shutdown()
    assert (type(told.value), told.value.retry_after_s) == (error, after_s)

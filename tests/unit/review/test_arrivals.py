"""Films that the feed tells of, that are dropped, or that are assessed again."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from client.errors import FailedError
from client.gateway import Gateway as HttpGateway
from results.schema import Listed
from review.arrivals.arrivals import Arrivals
from review.arrivals.came import Came
from review.arrivals.feed import LATE, MAX_TRIES, TOGETHER_S, Feed
from review.arrivals.pictures import Pictures
from review.arrivals.received import Received
from review.tables import Assessment, Film, Opinion
from tests.unit.review.site import START

WITHIN_S = 60
OTHER, NONE, INTERSTITIAL = "other_pathology", "no_pathology", "interstitial_pneumonia"


class Gateway:
    """What it answers is given; no fake of its behaviour is needed here."""

    def __init__(self, failing: set[str] = frozenset()):
        pixels = np.zeros((4, 4), np.uint8)
        self.png = cv2.imencode(".png", pixels)[1].tobytes()
        self.failing, self.asked, self.waited, self.fetched = failing, [], [], []

    def assessment(self, id_, background=False):
        self.asked.append(id_)
        self.waited += [id_] * background
        if id_ in self.failing:
            raise FailedError("stage-failed", "the gateway answers 502")
        return None if id_ == "expired" else body(id_)

    def header(self, _):
        return {}

    def file(self, id_, name, **parameters):
        self.fetched.append((id_, name, parameters))
        return self.png if name == "radiograph.pgm" else None


def body(id_, created=START, interstitial=0.2):
    classes = {INTERSTITIAL: interstitial, OTHER: 0.8 - interstitial, NONE: 0.2}
    return {"id": id_, "created": created.isoformat(), "outcome": "assessed", "classes": classes,
            "predicted_class": OTHER, "timings_ms": {"total": 9.0}, "cached": False}  # fmt: skip


def received(id_, *args, **more):
    """As it comes from the gateway; more is what else its JSON says."""
    return Received.of(body(id_, *args) | more)


def listed(id_, outcome="assessed", ago=timedelta(0)):
    return {"id": id_, "created": (datetime.now(UTC) - ago).isoformat(), "outcome": outcome}


def test_a_film_that_cannot_be_taken_in_does_not_keep_the_others(site, tmp_path, monkeypatch):
    gateway = Gateway(failing={"poison"})
    feed = Feed(gateway, Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0), site.sessions)
    monkeypatch.setattr(feed._stop, "wait", lambda _: False)

    for each in ("expired", "poison", "good"):
        feed._take_listed(listed(each))

    assert gateway.asked.count("poison") == MAX_TRIES
    with site.session() as session:
        assert session.scalars(select(Film.assessment_id)).all() == ["good"]


def test_a_film_is_waited_for_while_the_database_is_away(site, tmp_path, monkeypatch):
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)

    def full(*_):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(arrivals, "_add", full)
    with pytest.raises(OperationalError):
        Feed(gateway, arrivals, site.sessions)._take_listed(listed("good"))


def test_a_film_that_does_not_come_to_be_leaves_no_pictures(site, tmp_path, monkeypatch):
    arrivals = Arrivals(Gateway(), site.sessions, Pictures(tmp_path / "pictures"), lambda _: 0)
    monkeypatch.setattr("review.arrivals.arrivals.show", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        arrivals.take(received("good"), Came("feed"))

    assert list((tmp_path / "pictures").iterdir()) == []


def test_an_older_assessment_that_comes_late_does_not_become_the_one_that_is_shown(site, tmp_path):
    arrivals = Arrivals(Gateway(), site.sessions, Pictures(tmp_path), lambda _: 0)
    film_id = arrivals.take(received("new", START, 0.7), Came("dropped"))
    assert arrivals.take(received("old", START - timedelta(hours=1), 0.1), Came("feed")) == film_id
    arrivals.take(received("newest", START + timedelta(hours=1), 0.3), Came("feed"))

    with site.session() as session:
        film = session.get_one(Film, film_id)
        assert (film.assessment_id, film.urgency) == ("newest", 0.8 * 0.8)
        assert set(session.scalars(select(Assessment.id))) == {"new", "newest"}
        assert session.query(Opinion).count() == 0


def test_a_film_assessed_anyway_whose_answer_we_missed_is_the_refused_one_and_no_other(site, tmp_path):
    class OfADicomFile(Gateway):
        def header(self, id_):
            return {"00080018": {"vr": "UI", "Value": ["1.2.3"]}} if id_ == "refused" else {}

    arrivals = Arrivals(OfADicomFile(), site.sessions, Pictures(tmp_path), lambda _: 0)
    refusal = {"reason": "rotated", "detail": "The film looks rotated."}
    refused = received("refused", outcome="refused", refusal=refusal, classes=None, predicted_class=None)
    film_id = arrivals.take(refused, Came("dropped"))

    assert arrivals.take(received("anyway", START + timedelta(minutes=1), refusal=refusal), Came("feed")) == film_id

    with site.session() as session:
        film = session.get_one(Film, film_id)
        assert (film.outcome, film.refusal, film.assessment_id) == ("assessed", "rotated", "anyway")


def test_a_film_is_assessed_anyway_while_the_feed_tells_again_of_one_that_is_known(site, tmp_path):
    """Each thread goes on when the other is as far as it can be: of two locks in two orders both would be held."""
    fetching, assessing = threading.Event(), threading.Event()

    class BothAtOnce(Gateway):
        def file(self, id_, name, **parameters):
            if id_ == "again":
                fetching.set()
                assert assessing.wait(WITHIN_S)
            return super().file(id_, name, **parameters)

        def assess(self, *_):
            assessing.set()
            assert fetching.wait(WITHIN_S)
            return body("anyway", START + timedelta(minutes=1)) | {"refusal": refusal["refusal"]}

    arrivals = Arrivals(BothAtOnce(), site.sessions, Pictures(tmp_path), lambda _: 0)
    refusal = {"outcome": "refused", "classes": None, "predicted_class": None,
               "refusal": {"reason": "rotated", "detail": "The film looks rotated."}}  # fmt: skip
    film_id = arrivals.take(received("refused", **refusal), Came("dropped"))
    again = received("again", START + timedelta(seconds=1), **refusal)
    anyway = film_id, site.reader("ada"), "despite_refusal"
    threads = [
        threading.Thread(target=arrivals.take, args=(again, Came("feed")), daemon=True),
        threading.Thread(target=arrivals.assess_again, args=anyway, daemon=True),
    ]

    for each in threads:
        each.start()
    for each in threads:
        each.join(WITHIN_S)

    assert not any(each.is_alive() for each in threads)
    with site.session() as session:
        assert session.get_one(Film, film_id).assessment_id == "anyway"


def test_a_corrected_film_is_kept_as_it_was_sent_with_heat_and_lungs_over_it(site, tmp_path):
    """Turned by 90 degrees clockwise, what is at the top was at the left."""
    assessed = np.arange(24 * 32, dtype=np.int64).reshape(24, 32) % 251
    assessed = assessed.astype(np.uint8)
    top = np.zeros((24, 32), np.uint8)
    top[:8] = 255

    class Turned(Gateway):
        def file(self, id_, name, **parameters):
            drawn = assessed if name == "radiograph.pgm" else top
            return cv2.imencode(name[-4:], drawn)[1].tobytes()

    pictures = Pictures(tmp_path)
    arrivals = Arrivals(Turned(), site.sessions, pictures, lambda _: 0)
    lungs = {"bounding_box": None, "area_fraction": 0.3, "quality": 0.9}
    film_id = arrivals.take(received("right", correction={"rotated": 90, "inverted": True}, lungs=lungs), Came("feed"))

    kept = cv2.imdecode(np.frombuffer(pictures.radiograph(film_id), np.uint8), cv2.IMREAD_GRAYSCALE)
    heat = cv2.imdecode(np.frombuffer(pictures.heat(film_id, "right", OTHER), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(kept, 255 - np.rot90(assessed))
    assert (heat[:, :8, 3] == 255).all() and (heat[:, 8:, 3] == 0).all()
    with site.session() as session:
        assert session.get_one(Assessment, "right").zones[OTHER] == "right upper zone"
        film = session.get_one(Film, film_id)
        (outline,) = session.get_one(Assessment, "right").contours
        assert (film.rows, film.columns) == (32, 24)
        assert max(x for x, _ in outline) < 8
        assert max(y for _, y in outline) > 30


def test_a_corrected_film_whose_answer_we_missed_is_the_refused_one_and_no_other(site, tmp_path):
    class Negative(Gateway):
        def header(self, id_):
            return {"00080018": {"vr": "UI", "Value": ["1.2.3"]}} if id_ == "refused" else {}

        def file(self, id_, name, **parameters):
            grey = 0 if id_ == "refused" else 255
            pixels = np.full((4, 4), grey, np.uint8)
            return cv2.imencode(name[-4:], pixels)[1].tobytes() if name == "radiograph.pgm" else None

    arrivals = Arrivals(Negative(), site.sessions, Pictures(tmp_path), lambda _: 0)
    refusal = {"reason": "inverted", "detail": "The grey scale looks inverted."}
    refused = received("refused", outcome="refused", refusal=refusal, classes=None, predicted_class=None)
    film_id = arrivals.take(refused, Came("dropped"))

    later = START + timedelta(minutes=1)
    assert arrivals.take(received("right", later, correction={"rotated": 0, "inverted": True}), Came("feed")) == film_id


def test_newer_models_that_accept_a_film_are_shown_though_it_was_assessed_anyway_before(site, tmp_path):
    arrivals, ada = Arrivals(Gateway(), site.sessions, Pictures(tmp_path), lambda _: 0), site.reader("ada")
    refusal = {"reason": "rotated", "detail": "The film looks rotated."}
    film_id = arrivals.take(received("anyway", refusal=refusal), Came("dropped"), overridden_by=ada)

    arrivals.take(received("accepted", START + timedelta(hours=1), 0.6), Came("feed"))

    with site.session() as session:
        film = session.get_one(Film, film_id)
        assert (film.assessment_id, film.refusal) == ("accepted", None)


def test_what_was_dropped_or_failed_is_not_asked_for_when_the_feed_tells_of_it(site, tmp_path):
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)
    arrivals.take(received("dropped"), Came("dropped"))
    feed = Feed(gateway, arrivals, site.sessions)

    feed._take_listed(listed("dropped"))
    feed._take_listed(listed("failed", outcome="failed"))

    assert gateway.asked == []


def test_a_film_is_kept_with_where_it_came_from_and_one_that_comes_again_is_read_as_who_needs_it_most(site, tmp_path):
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)
    feed = Feed(gateway, arrivals, site.sessions)

    def after(source, lane, id_):
        feed._take_listed(listed(id_) | {"source": source, "lane": lane})
        with site.session() as session:
            film = session.scalars(select(Film)).one()
            return film.source, film.urgent

    assert after("test", "routine", "first") == ("test", False)
    assert after("api", "urgent", "second") == ("api", True)
    assert after("modality", "routine", "third") == ("modality", True)
    assert after("test", "routine", "fourth") == ("modality", True)


def test_an_older_gateway_tells_no_source_and_a_newer_one_may_tell_another(site, tmp_path):
    assert Came.of(Listed.model_validate(listed("old"))) == Came("feed")
    assert Came.of(Listed.model_validate(listed("new") | {"source": "telescope", "lane": "slow"})) == Came("feed")


def test_films_that_come_within_a_moment_are_asked_for_at_once(site, tmp_path, monkeypatch):
    gateway, pages, waits = Gateway(), [[listed("first")], [listed("second"), listed("third")], []], []
    feed = Feed(gateway, Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0), site.sessions)

    def page(cursor, problem):
        came = pages.pop(0)
        if not pages:
            feed.stop()
        return came, str(len(pages)) if came else cursor

    gateway.feed = page
    monkeypatch.setattr(feed._stop, "wait", waits.append)
    feed._run()

    assert gateway.asked == ["first", "second", "third"]
    assert waits == [TOGETHER_S, TOGETHER_S], "after each page, but for the one on which nothing came"


def test_films_of_a_source_that_is_left_out_are_not_asked_for(site, tmp_path):
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)
    feed = Feed(gateway, arrivals, site.sessions, ["test"])

    for source in ("test", "api"):
        feed._take_listed(listed(source) | {"source": source})

    assert gateway.asked == ["api"]


def test_a_film_of_the_feed_lets_others_go_before_until_it_is_late(site, tmp_path):
    gateway = Gateway()
    feed = Feed(gateway, Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0), site.sessions)

    feed._take_listed(listed("new"))
    feed._take_listed(listed("late", ago=2 * LATE))

    assert (gateway.asked, gateway.waited) == (["new", "late"], ["new"])


def test_maps_are_asked_for_small_and_of_a_film_that_was_sent_again_not_at_all(site, tmp_path):
    gateway = Gateway()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)
    lungs = {"bounding_box": None, "area_fraction": 0.3, "quality": 0.9}

    film_id = arrivals.take(received("first", lungs=lungs), Came("feed"))
    maps = {(name, parameters["side"]) for _, name, parameters in gateway.fetched[1:]}
    again = arrivals.take(received("again", START + timedelta(minutes=1), lungs=lungs), Came("feed"))

    assert maps == {("heatmap.png", "512"), ("lungs.png", "1024")}
    assert again == film_id
    assert [name for id_, name, _ in gateway.fetched if id_ == "again"] == ["radiograph.pgm"]


def test_the_pictures_of_two_films_are_not_fetched_at_the_same_time(site, tmp_path):
    first_fetches, go_on = threading.Event(), threading.Event()

    class Slow(Gateway):
        def file(self, id_, name, **parameters):
            found = super().file(id_, name, **parameters)
            if id_ == "first" and not go_on.is_set():
                first_fetches.set()
                go_on.wait(20)
            return found

    gateway = Slow()
    arrivals = Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0)
    films = [(received(id_), Came("dropped")) for id_ in ("first", "second")]
    taking = [threading.Thread(target=arrivals.take, args=each) for each in films]
    taking[0].start()
    assert first_fetches.wait(20)
    taking[1].start()
    taking[1].join(0.05)
    assert {id_ for id_, *_ in gateway.fetched} == {"first"}
    go_on.set()
    for each in taking:
        each.join(20)
    assert {id_ for id_, *_ in gateway.fetched} == {"first", "second"}


def test_all_that_is_fetched_comes_over_one_connection_that_is_kept(site):
    told = []

    class Kept(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            told.append((self.client_address, self.headers.get("Priority")))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Kept) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with HttpGateway(f"http://127.0.0.1:{server.server_port}", 5) as gateway:
            gateway.assessment("A", background=True)
            gateway.file("A", "radiograph.pgm")
            gateway.header("A")
        server.shutdown()

    assert len({address for address, _ in told}) == 1
    assert [priority for _, priority in told] == ["u=7", None, None]

"""What a newer gateway says during a roll-out, and what is no answer of a gateway at all."""

import cv2
import numpy as np
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from review.arrivals.arrivals import Arrivals
from review.arrivals.feed import Feed
from review.arrivals.pictures import Pictures
from review.reading import film_state, opinions
from review.reading.worth import queue
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film
from review.urgency import ABNORMAL
from tests.unit.review.test_arrivals import Gateway, body, listed
from vocabulary.conditions import CLASSES

NEWER = {
    "refusal": {"reason": "too_blurred_to_say_anything_of_it_at_all", "detail": "It is blurred.", "since": "2.0"},
    "classes": dict.fromkeys(CLASSES, 0.1) | {"covid": 0.6, "a/b": 0.1},
    "predicted_class": "covid",
    "findings": {"Scoliosis": 0.7},
    "grade": {"sharpness": 0.2},
}
"""Fields, reasons, classes and findings that we do not know."""


class Newer(Gateway):
    """Its heat maps are of all of its classes."""

    def __init__(self, said):
        super().__init__()
        self._said = said

    def assessment(self, id_, background=False):
        return self._said.get(id_) or body(id_)

    def file(self, id_, name, **parameters):
        assert parameters.get("class") != "a/b"  # would be a folder of its own
        heat = cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1].tobytes()
        return heat if name == "heatmap.png" else super().file(id_, name, **parameters)


def followed(site, folder, said, entries):
    """Take in what the feed lists, without a pause; gives what was logged of films that were not taken."""
    gateway = Newer(said)
    feed = Feed(gateway, Arrivals(gateway, site.sessions, Pictures(folder), lambda _: 0), site.sessions)
    feed._stop.wait = lambda _: False
    with capture_logs() as logs:
        for each in entries:
            feed._take_listed(each)
    return [each["reason"] for each in logs if each["event"] == "film not taken"]


@pytest.mark.parametrize("outcome", ["assessed", "refused"])
def test_what_only_a_newer_gateway_knows_is_taken_in_and_kept_whole(site, tmp_path, outcome):
    said = body("newer") | NEWER | {"outcome": outcome}

    assert followed(site, tmp_path, {"newer": said}, [listed("newer", outcome) | {"lane": "urgent"}]) == []

    with site.session() as session:
        film = session.scalars(select(Film)).one()
        assert (film.outcome, film.predicted_class) == (outcome, "covid")
        assert film.urgency == ABNORMAL * (1 - said["classes"]["no_pathology"])
        assert NEWER["refusal"]["reason"].startswith(film.refusal)
        assert session.get_one(Assessment, "newer").body == said
        assert (tmp_path / film.id / "newer" / "heat-covid.png").is_file()


def test_a_film_in_which_a_newer_gateway_sees_what_only_it_knows_can_be_opened_listed_and_read(site, tmp_path):
    ada = site.reader("ada")
    followed(site, tmp_path, {"newer": body("newer") | NEWER}, [listed("newer")])

    with site.session() as session:
        film = session.scalars(select(Film)).one()
        answer = film_state._answer(session, film)
        assert (answer.predicted_class, answer.findings, answer.classes) == (
            "covid", NEWER["findings"], NEWER["classes"],
        )  # fmt: skip
        assert answer.refusal.reason == NEWER["refusal"]["reason"]
        assert answer.heat.keys() == {*CLASSES, "covid"}
        assert [each.film_id for each in queue(session, ada, 10)] == [film.id]
        sitting = opinions.open_sitting(session, film, ada)
        session.flush()
        given = Given(key="0" * 36, sitting=sitting.id, label=CLASSES[1])
        assert opinions.give(session, film, ada, "reader", given, Settings()).agrees is False


@pytest.mark.parametrize(
    "said",
    [
        {"error": "secret"},
        body("odd") | {"outcome": "secret"},
        body("odd") | {"classes": ["secret"]},
        body("odd") | {"created": "secret"},
        body("odd") | {"refusal": "secret"},
    ],
    ids=str,
)
def test_an_answer_that_is_no_assessment_is_told_by_its_kind_and_does_not_keep_the_others(site, tmp_path, said):
    entries = [listed("odd"), {"no": "secret"}, "secret", listed("odd", outcome="secret"), listed("good")]

    told = followed(site, tmp_path, {"odd": said}, entries)

    assert len(told) == 4
    assert told[0].startswith("the gateway's answer is no assessment: ")
    assert "secret" not in " ".join(told)
    with site.session() as session:
        assert session.scalars(select(Film.assessment_id)).all() == ["good"]

"""Findings that a hospital trained its models for: readers see them in words, and may name them."""

import pytest
from sqlalchemy import select

from results.amendment import Amendment as Wire
from review.amendments import queue
from review.amendments.queue import Amendment
from review.errors import InvalidError
from review.export.rows import findings
from review.export.said import Choice, said
from review.findings import declared_in, own_findings
from review.reading import film_state
from review.tables import Film
from tests.unit.review.test_amendments import Room
from vocabulary.findings import Declared

BODY = {
    "findings": {"Edema": 0.1, "Rib_Fracture": 0.7, "Unheard_of": 0.2},
    "declared": {"Rib_Fracture": {"words": "Fracture of a rib", "scheme": "SCT", "code": "33737001"}},
}


@pytest.fixture
def room(site):
    """A film of which the models report a finding of the hospital's own."""
    return Room(site, body=BODY)


def test_the_page_knows_them_in_words_and_offers_them_after_those_that_everybody_knows(room):
    with room.site.session() as session:
        vocabulary = film_state._vocabulary(session, session.get_one(Film, room.film))

    assert vocabulary.words == {"Rib_Fracture": "Fracture of a rib", "Unheard_of": "Unheard of"}
    assert vocabulary.findings[-3:] == ["Tuberculosis", "Rib_Fracture", "Unheard_of"]


def test_a_reader_may_name_one_and_it_is_exported_and_nobody_names_what_no_model_reports(room):
    room.says("ada", "other_pathology", findings=["Rib_Fracture", "Hernia"])

    with room.site.session() as session:
        (opinion,) = said(session, Choice())[room.film]
        assert findings(opinion) == "Rib_Fracture|Hernia"
    with pytest.raises(InvalidError, match="not a finding that is known here: Scoliosis"):
        room.says("ada", "other_pathology", findings=["Scoliosis"])


def test_the_listener_is_told_what_it_is_called(room):
    room.says("ada", "other_pathology", findings=["Rib_Fracture"])

    with room.site.sessions() as session:
        told = Wire.model_validate_json(queue.letter(session, session.scalars(select(Amendment)).one()))
    assert told.said.findings == ["Rib_Fracture"]
    assert told.declared == {"Rib_Fracture": Declared("Fracture of a rib", "SCT", "33737001")}


@pytest.mark.parametrize(
    "odd",
    [
        {"Effusion": {"words": "Water"}},
        {"a/b": {"words": "x"}},
        {"Rib": {"words": "Rib", "scheme": "ICD-11", "code": "x"}},
        {"Rib": {"words": "Rib", "since": "2.0"}},
        {"Rib": {}},
    ],
)
def test_what_a_newer_gateway_declares_in_another_way_is_left_out(odd):
    assert declared_in({"declared": odd}) == {}
    assert own_findings({"findings": dict.fromkeys(["Rib", "a/b"], 0.5), "declared": odd}) == {"Rib": "Rib"}

import json

import pytest
from pydicom import dcmread

from imaging.header import header
from results.event import write_event, write_problem
from tests.unit.results.conftest import CREATED, SAMPLE, assessment, failed, refused


def test_same_film_and_models_give_the_same_event_id_and_new_models_another(read):
    ids = [json.loads(write_event(read(key=key)))["id"] for key in ("a", "a", "b")]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(("what", "outcome"), [(assessment, "assessed"), (refused, "refused"), (failed, "failed")])
def test_every_outcome_has_its_own_type_and_only_a_failed_one_a_problem(read, what, outcome):
    event = json.loads(write_event(read(what())))

    assert event["type"] == f"assessment.{outcome}"
    assert (event["data"]["problem"] is None) == (outcome != "failed")
    assert event["timestamp"] == "2026-11-25T12:30:15.123456Z"


def test_events_of_two_problems_of_one_film_are_two():
    ids = {json.loads(write_problem(None, code, CREATED, "f"))["id"] for code in ("gateway-away", "malformed")}

    assert len(ids) == 2


def test_problem_of_a_file_that_cannot_be_read_names_no_film():
    event = json.loads(write_problem(None, "malformed", CREATED, "f"))

    assert event["data"]["film"] == dict.fromkeys(
        ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "AccessionNumber")
    )
    assert event["data"]["problem"]["code"] == "malformed"


def test_event_holds_neither_name_nor_id_of_the_patient(read):
    film = dcmread(SAMPLE)
    film.PatientName, film.PatientID = "Secret^Name", "SECRET-ID"

    for event in (write_event(read(film=film)), write_problem(header(film), "malformed", CREATED, "f")):
        assert b"Secret" not in event
        assert b"SECRET" not in event

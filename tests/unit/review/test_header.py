"""What a worklist shows of a film's header, however odd that is."""

import pytest
from pydicom import Dataset

from review.arrivals import header


def shown(**attributes: object) -> dict:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return header.columns(header.read_header(dataset.to_json_dict()))


def test_a_name_is_shown_as_lists_show_it():
    assert shown(PatientName="Yamada^Tarou=山田^太郎")["patient_name"] == "Yamada, Tarou / 山田, 太郎"
    assert shown(PatientName="Adams^John^Quincy^Rev")["patient_name"] == "Adams, John"


def test_dates_times_and_spacing_are_read():
    found = shown(StudyDate="20260131", StudyTime="091559.2", PatientBirthDate="19590229", ImagerPixelSpacing=[2, 1])

    assert (found["study_date"], found["study_time"]) == ("2026-01-31", "09:15")
    assert found["birth_date"] == ""
    assert found["spacing_mm"] == [2, 1]


def test_what_is_searched_is_name_id_and_accession_number_folded():
    found = shown(PatientName="STRASSE^X", PatientID="Id9", AccessionNumber="Ac1")

    assert found["search"] == "strasse, x id9 ac1"


@pytest.mark.parametrize("found", [{}, {"00100010": {"vr": "PN"}}, {"nonsense": 1}, {"00100010": []}])
def test_a_header_that_is_none_shows_nothing(found):
    told = header.columns(header.read_header(found))

    assert told["patient_name"] == told["study_date"] == told["search"].strip() == ""


def test_control_characters_of_a_name_are_left_out():
    assert shown(PatientName="A\x1b[31mB^C\n")["patient_name"] == "A[31mB, C"


@pytest.mark.parametrize(
    ("born", "studied", "age"),
    [("2000-06-15", "2026-06-14", "25 y"), ("2000-06-15", "2026-06-15", "26 y"), ("", "2026-01-01", ""),
     ("2027-01-01", "2026-01-01", "")],
)  # fmt: skip
def test_age_is_in_whole_years_at_the_study(born, studied, age):
    assert header.age(born, studied) == age

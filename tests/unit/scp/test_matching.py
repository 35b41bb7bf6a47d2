"""Matching of a search (PS3.4, C.2.2.2), on the DICOM JSON Model."""

import pytest

from cxr.errors import MalformedError
from scp.holdings.attributes import STUDY, tag, values
from scp.holdings.query import MAX_RESULTS, Query

FILM = {
    tag("PatientName"): {"vr": "PN", "Value": [{"Alphabetic": "Doe^Jane", "Ideographic": "山田^花子"}]},
    tag("PatientID"): values("LO", "A[1]"),
    tag("StudyInstanceUID"): values("UI", "1.2.3"),
    tag("StudyDate"): values("DA", "20260131"),
    tag("StudyTime"): values("TM", "103000.5"),
    tag("ModalitiesInStudy"): values("CS", "CR", "SEG", "SR"),
    tag("AccessionNumber"): {"vr": "SH"},
    tag("SeriesNumber"): values("IS", 7),
    tag("RequestAttributesSequence"): values("SQ", {"00401001": values("SH", "P1")}),
}


def fits(**asked: str) -> bool:
    return Query.of([(name.replace("__", "."), value) for name, value in asked.items()]).fits(FILM)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("PatientName", "Doe^Jane", True),
        ("PatientName", "doe^jane^^", True),
        ("PatientName", "Doe", False),
        ("PatientName", "do*", True),
        ("PatientName", "D?e^*", True),
        ("PatientName", "山田*", True),
        ("PatientID", "A[1]", True),
        ("PatientID", "a[1]", False),
        ("PatientID", "A*]", True),
        ("PatientID", "A1", False),
        ("00100020", "A[1]", True),
        ("StudyInstanceUID", "1.2.3", True),
        ("StudyInstanceUID", "1.2.4,1.2.3", True),
        ("StudyInstanceUID", "1.2.4\\1.2.3", True),
        ("StudyInstanceUID", "1.2.*", False),
        ("StudyDate", "20260131", True),
        ("StudyDate", "20260101-20260131", True),
        ("StudyDate", "20260201-", False),
        ("StudyDate", "-20260131", True),
        ("StudyDate", "-20260130", False),
        ("StudyTime", "1030", True),
        ("StudyTime", "10-10", True),
        ("StudyTime", "-1029", False),
        ("ModalitiesInStudy", "SR", True),
        ("ModalitiesInStudy", "DX,CR", True),
        ("ModalitiesInStudy", "C?", True),
        ("ModalitiesInStudy", "CT", False),
        ("AccessionNumber", "", True),
        ("AccessionNumber", "*", True),
        ("AccessionNumber", "A1", False),
        ("SeriesNumber", "7", True),
        ("SeriesNumber", "seven", False),
        ("RequestAttributesSequence__RequestedProcedureID", "P1", True),
        ("00400275__00401001", "P2", False),
    ],
)
def test_an_attribute_matches_as_c_find_has_it(name, asked, expected):
    assert fits(**{name: asked}) is expected


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("20260130-20260131", "1200-1031", True),  # from the 30th, 12:00, to the 31st, 10:31:59
        ("20260130-20260131", "1200-1029", False),
        ("20260131-20260201", "1031-0900", False),
    ],
)
def test_a_range_of_dates_and_one_of_times_are_one_range_of_moments(date, time, expected):
    assert fits(StudyDate=date, StudyTime=time) is expected


def test_a_name_that_is_no_attribute_is_told():
    with pytest.raises(MalformedError):
        Query.of([("PatientsName", "x")])


@pytest.mark.parametrize("number", ["-1", "x", "1.5", ""])
def test_so_is_a_number_that_is_none(number):
    with pytest.raises(MalformedError):
        Query.of([("limit", number)])


def test_a_limit_is_no_larger_than_ours():
    assert Query.of([("limit", "9" * 30)]).limit == MAX_RESULTS


def test_what_a_level_does_not_know_is_not_matched_and_that_is_told():
    query = Query.of([("SOPInstanceUID", "1"), ("StudyDescription", "")]).at(STUDY)

    assert query.fits(FILM)
    assert query.warnings == ["The attribute 00080018 is not matched here."]


def test_many_stars_take_no_long_time():
    assert fits(PatientID="*a" * 2000) is False

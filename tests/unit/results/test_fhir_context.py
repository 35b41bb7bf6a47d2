"""When a film was taken, for which order, and of whom, in FHIR. Values are FHIR R4's and HL7 v2's, not our own."""

import json

import pytest
from pydicom import dcmread

from imaging.header import header
from results.amendment_fhir import write_amendment_bundle
from results.amendment_sr import read_film
from results.fhir import write_fhir, write_outcome
from results.identity import Superseded
from results.moments import taken
from results.reading import Reading
from tests.unit.results.conftest import CREATED, KEY, SAMPLE, amendment, assessment, refused, result
from tests.unit.results.test_fhir import resources

MADE = "2026-11-25T12:30:15.123456Z"
DATES = [f"{what}{part}" for what in ("Acquisition", "Content", "Series", "Study") for part in ("Date", "Time")]
CODES = "http://terminology.hl7.org/CodeSystem/v2-0203"
ACCESSION = {"type": {"coding": [{"system": CODES, "code": "ACSN", "display": "Accession ID"}]}, "value": "A1"}
ORDER = [{"type": "ServiceRequest", "identifier": ACCESSION}]


def film(**values: str):
    """The sample with no other times and identifiers than these."""
    found = dcmread(SAMPLE)
    for keyword in (*DATES, "AccessionNumber", "PatientID", "IssuerOfPatientID"):
        setattr(found, keyword, values.pop(keyword, ""))
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


OLD = {"StudyDate": "20240101", "StudyTime": "101500"}


@pytest.mark.parametrize("what", [assessment, refused])
def test_report_and_observations_are_of_the_time_of_the_film_and_issued_when_they_were_made(read, what):
    data = write_fhir(read(what(), film=film(**OLD)))

    for each in (*resources(data, "DiagnosticReport"), *resources(data, "Observation")):
        assert (each["effectiveDateTime"], each["issued"]) == ("2024-01-01", MADE)


def test_reader_s_report_is_of_the_time_of_the_film_too():
    given = amendment(film=film(**OLD, AccessionNumber="A1"))
    data = write_amendment_bundle(read_film(given), given, Superseded("1.2.3", "1.2.4"))

    (report,) = resources(data, "DiagnosticReport")
    assert report["basedOn"] == ORDER
    for each in (report, *resources(data, "Observation")):
        assert (each["effectiveDateTime"], each["issued"]) == ("2024-01-01", MADE)


@pytest.mark.parametrize("header_", [None, film()], ids=["picture", "film"])
def test_where_nobody_knows_when_it_was_taken_no_time_is_told_in_its_place(read, header_):
    known = header(header_) if header_ else None
    data = write_fhir(Reading(known, assessment(), result(), read().film, KEY))

    for each in (*resources(data, "DiagnosticReport"), *resources(data, "Observation")):
        assert "effectiveDateTime" not in each
        assert each["issued"] == MADE


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"StudyDate": "20240101"}, "2024-01-01"),
        ({"StudyDate": "20240101", "SeriesDate": "20240102"}, "2024-01-02"),
        ({"StudyDate": "20240101", "SeriesDate": "20240102", "ContentDate": "20240103"}, "2024-01-03"),
        ({"StudyDate": "20240101", "ContentDate": "20240103", "AcquisitionDate": "20231231"}, "2023-12-31"),
        ({"StudyDate": "20240101", "StudyTime": "101500"}, "2024-01-01"),
        ({"StudyDate": "20240101", "StudyTime": "101500", "zone": "+0100"}, "2024-01-01T10:15:00+01:00"),
        ({"StudyDate": "20240101", "StudyTime": "101530.25", "zone": "-0430"}, "2024-01-01T10:15:30-04:30"),
        ({"StudyDate": "20240101", "StudyTime": "1015", "zone": "+0000"}, "2024-01-01T10:15:00+00:00"),
        ({"StudyDate": "20240101", "StudyTime": "10", "zone": "+0100"}, "2024-01-01"),
        ({"StudyDate": "20240101", "StudyTime": "235960", "zone": "+0100"}, "2024-01-01"),
        ({"AcquisitionDate": "20240101", "StudyTime": "101500", "zone": "+0100"}, "2024-01-01"),
        ({"StudyDate": "20240101", "StudyTime": "101500", "zone": "CET"}, "2024-01-01"),
        ({"AcquisitionDateTime": "20240102101500.5-0200", "StudyDate": "20240101"}, "2024-01-02T10:15:00-02:00"),
        ({"AcquisitionDateTime": "20240102101500", "zone": "+0900"}, "2024-01-02T10:15:00+09:00"),
        ({"AcquisitionDateTime": "2024", "StudyDate": "20240101"}, "2024-01-01"),
        ({"StudyTime": "101500"}, None),
    ],
)
def test_time_nearest_to_the_exposure_is_told_as_exactly_as_fhir_allows(values, expected):
    known = header(film())
    for keyword, value in values.items():
        setattr(known, {"zone": "TimezoneOffsetFromUTC"}.get(keyword, keyword), value)

    told = taken(known)
    assert (told.fhir() if told else None) == expected


def test_study_and_series_have_begun_when_the_header_says(read):
    (study,) = resources(write_fhir(read(film=film(**OLD, SeriesDate="20240102"))), "ImagingStudy")

    assert (study["started"], study["series"][0]["started"]) == ("2024-01-01", "2024-01-02")


def test_accession_number_identifies_the_study_and_the_order(read):
    data = write_fhir(read(film=film(AccessionNumber="A1")))

    (study,), (report,) = resources(data, "ImagingStudy"), resources(data, "DiagnosticReport")
    assert study["identifier"][0]["system"] == "urn:dicom:uid"
    assert study["identifier"][1] == ACCESSION
    assert study["basedOn"] == report["basedOn"] == ORDER


def test_without_an_accession_number_there_is_no_order(read):
    data = write_fhir(read(film=film()))

    assert b"ACSN" not in data
    assert b"basedOn" not in data


MINE = "https://hospital.example/patients"


@pytest.mark.parametrize(
    ("issuer", "system", "expected"),
    [
        ("", None, {}),
        ("", MINE, {"system": MINE}),
        ("1.2.840.99", MINE, {"system": "urn:oid:1.2.840.99", "assigner": {"display": "1.2.840.99"}}),
        ("OTHER CLINIC", MINE, {"assigner": {"display": "OTHER CLINIC"}}),
    ],
)
def test_patient_s_id_is_a_record_number_in_the_system_of_whoever_issued_it(read, issuer, system, expected):
    known = film(PatientID="4711", IssuerOfPatientID=issuer)
    written = [write_fhir(read(film=known), system), write_outcome(header(known), "gateway-away", CREATED, system)]

    for data in written:
        ((identifier,),) = [each["identifier"] for each in resources(data, "Patient")]
        coding = {"system": CODES, "code": "MR", "display": "Medical record number"}
        assert identifier == {"type": {"coding": [coding]}, "value": "4711"} | expected


def test_patients_who_are_not_known_have_no_identifier(read):
    data = write_fhir(read(film=film()), MINE)

    assert resources(data, "Patient") == []
    assert MINE not in json.dumps(data.decode())

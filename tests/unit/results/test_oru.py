"""HL7 messages, read and checked against the tables of version 2.5.1 by a parser that is not ours."""

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.parser import parse_message
from pydicom import Dataset, dcmread

from imaging.header import header
from results.er7 import segment
from results.oru import write_oru, write_oru_problem
from tests.unit.results.conftest import CREATED, SAMPLE, assessment, failed, refused
from vocabulary.refusals import REFUSALS


def film(**changes: object) -> Dataset:
    dataset = dcmread(SAMPLE)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    return dataset


def parsed(data: bytes) -> Message:
    message = parse_message(data.decode("utf-8"), validation_level=VALIDATION_LEVEL.STRICT)
    assert message.validate()
    return message


def fields(data: bytes, name: str) -> list[list[str]]:
    """Of each segment of that name: by number, as they were written; of MSH, one less."""
    return [line.split("|") for line in data.decode().split("\r") if line.startswith(name)]


def observations(data: bytes) -> dict[str, list[list[str]]]:
    """OBX by the code of OBX-3."""
    found: dict[str, list[list[str]]] = {}
    for each in fields(data, "OBX"):
        found.setdefault(each[3].split("^")[0], []).append(each)
    return found


@pytest.mark.parametrize("what", [assessment, refused, failed])
def test_a_message_is_what_version_2_5_1_wants(read, what):
    message = parsed(write_oru(read(what())))

    assert message.msh.msh_9.to_er7() == "ORU^R01^ORU_R01"
    assert message.msh.msh_12.to_er7() == "2.5.1"
    assert message.msh.msh_18.to_er7() == "UNICODE UTF-8"
    assert [each.name for each in message.children] == ["MSH", "ORU_R01_PATIENT_RESULT"]


def test_each_class_and_finding_is_a_number_with_its_unit_and_who_said_it(read):
    found = observations(write_oru(read()))

    value = found["p-interstitial-p"][0]
    assert value[2] == "NM"
    assert value[3] == "p-interstitial-p^Probability by AI: Interstitial pneumonia^99CXRCASCADE"
    assert value[5:7] == ["71.00", "%^Percent^UCUM"]
    assert value[18] == "classifier 1.3.0^CXR Cascade"
    assert found["p-edema"][0][5] == "12.00"
    assert found["most-probable"][0][5].split("^")[1] == "Interstitial pneumonia"


def test_nothing_is_more_than_preliminary(read):
    data = write_oru(read())

    assert fields(data, "OBR")[0][25] == "P"
    assert {each[11] for each in fields(data, "OBX")} == {"P"}


def test_a_film_of_which_the_models_are_not_sure_says_so(read):
    both = ["interstitial_pneumonia", "other_pathology"]

    found = observations(write_oru(read(assessment(possible_classes=both))))

    assert any(each[5].startswith("Not sure: ") for each in found["121106"])


@pytest.mark.parametrize(("what", "why"), [(refused, REFUSALS["rotated"].advice), (failed, "classifier: late")])
def test_where_there_is_no_result_the_first_thing_said_is_that_and_there_is_no_number(read, what, why):
    data = write_oru(read(what()))

    first = fields(data, "OBX")[0]
    assert first[5].split("^")[1].startswith("AI result not available")
    assert first[11] == "X"
    assert [each for each in fields(data, "OBX") if each[2] == "NM"] == []
    assert "most-probable" not in observations(data)
    assert any(why in each[5] for each in observations(data)["121106"])


def test_a_film_without_any_answer_names_the_reason():
    data = write_oru_problem(header(film()), "gateway-away", CREATED)

    parsed(data)
    assert fields(data, "OBX")[0][11] == "X"
    assert "gateway-away" in data.decode()


def test_the_reason_of_a_refusal_and_each_caution_is_a_code(read):
    found = observations(write_oru(read(refused())))

    assert found["refusal"][0][2:4] == ["CE", "refusal^Reason of refusal^99CXRCASCADE"]
    assert found["refusal"][0][5].split("^")[0] == "rotated"


def test_two_observations_of_one_thing_are_told_apart(read):
    """OBX-3 and OBX-4 together are unique within an order. Source: HL7 v2.5.1, 7.4.2.4."""
    written = fields(write_oru(read()), "OBX")

    named = [(each[3], each[4]) for each in written]
    assert len(set(named)) == len(named)
    assert [each[1] for each in written] == [str(number) for number in range(1, len(written) + 1)]


def test_the_order_is_known_by_its_accession_number_and_the_film_by_its_uids(read):
    sent = film(AccessionNumber="A-77")
    data = write_oru(read(film=sent))

    (request,) = fields(data, "OBR")
    assert (request[3], request[18], fields(data, "ORC")[0][1], fields(data, "ORC")[0][3]) == (
        "A-77",
        "A-77",
        "RE",
        "A-77",
    )
    assert request[4] == "36554-4^XR Chest Single view^LN"
    found = observations(data)
    assert found["110180"][0][5] == sent.StudyInstanceUID
    assert found["112002"][0][5] == sent.SeriesInstanceUID
    assert found["sop-instance-uid"][0][5] == sent.SOPInstanceUID


def test_without_an_accession_number_the_order_is_the_study(read):
    assert fields(write_oru(read(film=film(AccessionNumber=""))), "OBR")[0][3] == film().StudyInstanceUID


@pytest.mark.parametrize(
    ("date", "time", "zone", "expected"),
    [
        ("20261125", "101530", "+0100", "20261125101530+0100"),
        ("20261125", "101530", "-0430", "20261125101530-0430"),
        ("20261125", "1015", "", "20261125101500"),
        ("20261125", "", "", "20261125"),
        ("20261125", "101530", "CET", "20261125101530"),
        ("", "", "", ""),
    ],
)
def test_the_time_of_the_observation_is_the_films(read, date, time, zone, expected):
    sent = film(StudyDate=date, StudyTime=time)
    for keyword in ("AcquisitionDateTime", "TimezoneOffsetFromUTC"):
        sent.pop(keyword, None)
    for what in ("Acquisition", "Content", "Series"):
        sent.pop(f"{what}Date", None)
    if zone:
        sent.TimezoneOffsetFromUTC = zone

    assert fields(write_oru(read(film=sent)), "OBR")[0][7] == expected


def test_the_patient_is_named_as_in_the_film_in_every_alphabet(read):
    sent = film(
        PatientName="Yamada^Tarou^^Dr.^Jr.=山田^太郎=やまだ^たろう", PatientID="4-711", IssuerOfPatientID="1.2.3"
    )
    sent.SpecificCharacterSet = "ISO_IR 192"
    sent.PatientBirthDate, sent.PatientSex = "19540102", "F"

    message = parsed(write_oru(read(film=sent)))

    (patient,) = fields(write_oru(read(film=sent)), "PID")
    assert patient[5].split("~") == [
        "Yamada^Tarou^^Jr.^Dr.^^L^A",
        "山田^太郎^^^^^L^I",
        "やまだ^たろう^^^^^L^P",
    ]
    assert patient[3] == "4-711^^^&1.2.3&ISO^MR"
    assert patient[7:9] == ["19540102", "F"]
    assert len(message.oru_r01_patient_result.oru_r01_patient.pid.pid_5) == 3


def test_an_issuer_in_words_is_a_name_and_an_unknown_sex_is_u(read):
    (patient,) = fields(write_oru(read(film=film(PatientID="1", IssuerOfPatientID="St. Anna", PatientSex=""))), "PID")

    assert patient[3] == "1^^^St. Anna^MR"
    assert patient[8] == "U"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (r"a|b", r"a\F\b"),
        (r"a~b", r"a\R\b"),
        (r"a&b", r"a\T\b"),
        (r"a^b", r"a\S\b"),
        ("a\\b", r"a\E\b"),
        (r"a\F\b", r"a\E\F\E\b"),
        ("山田\x00", "山田 "),
        ("a\rOBX|9", r"a OBX\F\9"),
    ],
)
def test_what_would_be_a_delimiter_is_escaped(value, written):
    """Source: HL7 v2.5.1, 2.7.1."""
    assert segment("OBX", {5: value}) == f"OBX|||||{written}"


def test_a_text_cannot_add_a_segment(read):
    sent = film(PatientID="1|2^3~4&5", PatientName="A|B^C&D~E")
    data = write_oru(read(assessment(display="|^~\\&\rOBX|1|ST|x||normal"), film=sent))

    message = parsed(data)
    assert [line[:3] for line in data.decode().split("\r")].count("PID") == 1
    assert not any(each[3] == "x" for each in fields(data, "OBX"))
    pid = message.oru_r01_patient_result.oru_r01_patient.pid
    assert pid.pid_3.pid_3_1.to_er7() == r"1\F\2\S\3\R\4\T\5"


def test_same_film_and_models_give_the_same_message_and_new_models_another_control_id(read):
    first, again, other = (write_oru(read(key=key)) for key in ("a", "a", "b"))

    assert first == again
    control = [fields(each, "MSH")[0][9] for each in (first, other)]
    assert control[0] != control[1]
    assert {len(each) for each in control} == {20}

from io import BytesIO

from pydicom import Dataset, dcmread

from imaging.header import header, pack, unpack
from results.fhir import write_fhir
from results.seg import write_lungs
from results.sr import write_sr
from tests.unit.results.conftest import SAMPLE

DEVICE = ("StationName", "InstitutionName", "ManufacturerModelName", "BurnedInAnnotation")


def test_header_keeps_what_results_need_and_no_more():
    film = dcmread(SAMPLE)
    film.PatientAddress, film.OperatorsName, film.PatientComments = "Somewhere 1", "Op^Erator", "private"

    known = header(film)

    assert known.PatientName == film.PatientName
    assert not {"PixelData", "PatientAddress", "OperatorsName", "PatientComments"} & {each.keyword for each in known}


def test_header_is_the_same_after_packing():
    known = header(dcmread(SAMPLE))

    assert unpack(pack(known)) == known
    assert len(pack(known)) < 2000


def test_names_in_other_scripts_survive_packing():
    film = dcmread(SAMPLE)
    film.SpecificCharacterSet, film.PatientName = "ISO_IR 192", "Müller^Zoë=山田^太郎"

    assert unpack(pack(header(film))).PatientName == film.PatientName


def test_film_without_identifiers_gets_ones_that_are_always_the_same():
    film = Dataset()
    film.Rows, film.Columns = 10, 10

    first, second = header(film), header(film)

    assert first.SOPInstanceUID.is_valid
    assert first.StudyInstanceUID != first.SeriesInstanceUID
    assert first == second


def test_values_too_long_or_invalid_are_cut_or_left_out():
    film = dcmread(SAMPLE)
    film.PatientID, film.StudyInstanceUID, film.PatientBirthDate = "Y" * 300, "no uid", "32.13.2026"

    known = header(film)

    assert known.PatientID == "Y" * 64
    assert known.StudyInstanceUID.is_valid
    assert known.PatientBirthDate == ""


def test_spaces_of_other_scripts_stay_and_control_characters_go():
    film = dcmread(SAMPLE)
    film.SpecificCharacterSet, film.PatientName, film.PatientID = "ISO_IR 192", "山田\u3000花子^太郎\x7f", "4711\0"

    known = header(film)

    assert known.PatientName == "山田\u3000花子^太郎"
    assert known.PatientID == "4711"


def test_identifier_of_two_values_is_no_identifier():
    film = dcmread(SAMPLE)
    film.PatientID = ["4711", "4712"]

    assert header(film).PatientID == ""


def test_numbers_are_kept_also_with_more_digits_than_may_be_and_what_is_no_size_is_not():
    film = dcmread(SAMPLE)
    film.SeriesNumber, film.InstanceNumber = "3", "-7"
    film.PixelSpacing, film.ImagerPixelSpacing = [0.14300000000000001234, "0.2"], ["0", "0.2"]

    known = unpack(pack(header(film)))

    assert (known.SeriesNumber, known.InstanceNumber, known.PixelSpacing) == (3, -7, [0.143, 0.2])
    assert "ImagerPixelSpacing" not in known


def test_what_worklists_need_is_kept_and_what_results_do_not_need_of_it_is_not_in_them(read):
    film = dcmread(SAMPLE)
    film.StationName, film.InstitutionName, film.ManufacturerModelName = "ROOM 3", "Clinic", "Detector 5"
    film.BurnedInAnnotation = "YES"

    known = header(film)
    made = [dcmread(BytesIO(write(read(film=film)))) for write in (write_sr, write_lungs)]

    assert [known[name].value for name in DEVICE] == ["ROOM 3", "Clinic", "Detector 5", "YES"]
    for each in made:
        assert (each.get("StationName"), each.get("InstitutionName")) == (None, None)
        assert (each.ManufacturerModelName, each.get("BurnedInAnnotation", "NO")) == ("CXR Cascade", "NO")
    assert b"ROOM 3" not in write_fhir(read(film=film))


def test_burned_in_annotation_is_yes_or_no():
    film = dcmread(SAMPLE)
    film.BurnedInAnnotation = "PERHAPS"

    assert "BurnedInAnnotation" not in header(film)
